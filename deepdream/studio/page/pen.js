// A canvas that is painted on by keyboard: arrows move the pen, Enter presses it.
const STEP = 0.04, BEYOND = 0.1;  // of the sides; strokes may lie past the border
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Calls `moved` and `pressed` with where the pen is, as of a pointer's event, while `ready`.
export function pen(canvas, { ready = () => true, moved, pressed }) {
  const at = { x: 0.5, y: 0.5 }, within = (value) => Math.min(1 + BEYOND, Math.max(-BEYOND, value));
  canvas.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!ready() || !(move || event.key === "Enter")) return;
    event.preventDefault();
    if (move) [at.x, at.y] = [within(at.x + move[0] * STEP), within(at.y + move[1] * STEP)];
    const box = canvas.getBoundingClientRect();
    (move ? moved : pressed)({ clientX: box.left + at.x * box.width, clientY: box.top + at.y * box.height });
  });
}
