// The few sentences that scripts say, in the language of the page.
const WORDS = {
  de: {
    close: "Schließen",
    copied: "Kopiert.",
    conflict: "An anderer Stelle geändert. Lade die Seite neu, bevor es weitergeht.",
    saved: "gespeichert",
    saving: "wird gespeichert",
    signedOut: "Nicht gespeichert: Die Anmeldung ist abgelaufen. In einem neuen Fenster anmelden, dann geht es hier weiter.",
    unsent: "Noch nicht gesendet. Wir versuchen es weiter, lass die Seite offen.",
    unfinished: "Noch nicht gespeichert: Eine Eingabe fehlt oder passt nicht.",
  },
  en: {
    close: "Close",
    copied: "Copied.",
    conflict: "Changed elsewhere. Reload the page before you continue.",
    saved: "saved",
    saving: "saving",
    signedOut: "Not saved: your sign-in has expired. Sign in again in a new window, then continue here.",
    unsent: "Not sent yet. We keep trying, leave this page open.",
    unfinished: "Not saved yet: an entry is missing or does not fit.",
  },
};

/** Picks the page's language from a table {de: ..., en: ...}; German where it has no better one. */
export function pick(table) {
  return table[document.documentElement.lang.slice(0, 2)] ?? table.de;
}

export const words = pick(WORDS);
