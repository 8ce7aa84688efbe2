// A mask painted by hand: size, softness, eraser, undo; strokes may begin and end outside.
const $ = (id) => document.getElementById(id);
const dialog = $("maskDialog"), canvas = $("mask"), erase = $("maskErase");
let strokes = [], line = null, everywhere = false, done = null;

export function open(take) {
  done = take;
  $("maskPicture").src = $("before").src;
  const { naturalWidth, naturalHeight } = $("before");
  if (!naturalWidth) return;
  [canvas.width, canvas.height] = [naturalWidth, naturalHeight];
  draw();
  dialog.showModal();
}

function draw() {
  const context = canvas.getContext("2d");
  context.globalCompositeOperation = "source-over";
  context.filter = "none";
  context.fillStyle = everywhere ? "#fff" : "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const stroke of strokes) {
    context.filter = stroke.soft ? `blur(${stroke.soft}px)` : "none";
    context.strokeStyle = stroke.erase ? "#000" : "#fff";
    context.lineWidth = stroke.size;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...stroke.points[0]);
    for (const point of stroke.points.slice(1).concat([stroke.points.at(-1)])) context.lineTo(...point);
    context.stroke();
  }
}

function at(event) {
  const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  const scale = canvas.width / canvas.getBoundingClientRect().width;
  line = { points: [at(event)], size: $("maskSize").value * scale, soft: $("maskSoft").value * scale, erase: erase.ariaPressed === "true" };
  strokes.push(line);
  draw();
});
canvas.addEventListener("pointermove", (event) => {
  if (!line) return;
  line.points.push(at(event));
  draw();
});
for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { line = null; });
erase.addEventListener("click", () => { erase.ariaPressed = String(erase.ariaPressed !== "true"); });
$("maskUndo").addEventListener("click", () => { strokes.pop(); draw(); });
$("maskAll").addEventListener("click", () => { everywhere = !everywhere; strokes = []; draw(); });
$("maskCancel").addEventListener("click", () => dialog.close());
$("maskDone").addEventListener("click", () => canvas.toBlob((blob) => {
  dialog.close();
  done(new File([blob], "painted mask", { type: "image/png" }));
}));

export function forget() {
  strokes = [];
  everywhere = false;
}
