// A lesson opens where it was left, on any device. The element with data-resume-url tells the server
// which of its children stands at the top (form field "place"); data-resume-at brings the reader back.
import { post } from "./sending.js";

const PAUSE = 1500;
const lesson = document.querySelector("[data-resume-url]");
// A kind of activity may wrap its text in one box; the blocks are inside.
const text = lesson?.children.length === 1 ? lesson.firstElementChild : lesson;

/** The number of the first child that is still in sight; 0 at the top of the lesson. */
function placeInSight() {
  if (window.scrollY < 40) return 0;
  const blocks = Array.from(text.children);
  const place = blocks.findIndex((block) => block.getBoundingClientRect().bottom > 80);
  return place < 0 ? blocks.length - 1 : place;
}

function follow() {
  let told = Number(lesson.dataset.resumeAt ?? 0);
  let timer = 0;
  const tell = (keepalive) => {
    clearTimeout(timer);
    const place = placeInSight();
    if (place === told) return;
    told = place;
    // A lost place is no lost work: the next scroll tells it again.
    post(lesson.dataset.resumeUrl, new URLSearchParams({ place }), { keepalive }).catch(() => (told = -1));
  };
  document.addEventListener("scroll", () => {
    clearTimeout(timer);
    timer = setTimeout(tell, PAUSE, false);
  }, { passive: true });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") tell(true);
  });
}

function comeBack() {
  const place = Number(lesson.dataset.resumeAt ?? 0);
  const [visit] = performance.getEntriesByType("navigation");
  if (!place || location.hash || visit?.type === "back_forward") return;
  text.children[place]?.scrollIntoView({ block: "start", behavior: "instant" });
}

if (lesson) {
  comeBack();
  follow();
}
