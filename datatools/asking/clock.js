// How long was a question looked at? Time passes while the page is in sight; a pause without a key, a click
// or a movement counts as two minutes at most.

const PAUSE_LIMIT_S = 120;

const clock = { last: performance.now(), seconds: 0, isCapped: false, isSeen: !document.hidden };

// Gives the length of a pause in seconds that was cut, else 0.
function tick() {
  const now = performance.now();
  const passed = (now - clock.last) / 1000;
  clock.last = now;
  if (!clock.isSeen) return 0;
  clock.seconds += Math.min(passed, PAUSE_LIMIT_S);
  if (passed <= PAUSE_LIMIT_S) return 0;
  clock.isCapped = true;
  return passed;
}

function restartClock() {
  clock.last = performance.now();
  clock.seconds = 0;
  clock.isCapped = false;
}

function startClock(say) {
  const noticed = () => {
    const pause = tick();
    if (pause) say(`A pause of ${Math.round(pause / 60)} minutes counts as ${PAUSE_LIMIT_S / 60}.`);
  };
  // Before anything else that the same key does: the answer takes the time up to it.
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    document.addEventListener(kind, noticed, { capture: true, passive: true });
  }
  document.addEventListener("visibilitychange", () => {
    tick();
    clock.isSeen = !document.hidden;
  });
}
