// How scripts talk to the server: same origin, CSRF token, and a key that makes a repeat harmless.

/** The CSRF token of the page, '' where the page has none. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** A fresh random key. randomUUID is missing outside secure contexts (a phone on http in the workshop's network). */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Posts form data; resolves with the Response, rejects when nothing came back. */
export function post(url, body, { key = newKey(), keepalive = false } = {}) {
  return fetch(url, {
    method: "POST",
    body,
    credentials: "same-origin",
    keepalive,
    headers: { Accept: "application/json", "Idempotency-Key": key, "X-CSRFToken": csrfToken() },
  });
}
