// Canvases, colours and the time axis that all drawings share.

const GUTTER = 122, MARGIN = 10;

let colours = {};

// readColours takes the palette from the style sheet, for the scheme in force.
function readColours() {
  const css = getComputedStyle(document.documentElement);
  colours = new Proxy({}, {
    get: (cache, name) => cache[name] ??= css.getPropertyValue("--" + name).trim(),
  });
  hatches.clear();
}

const hatches = new Map();

// hatch is the pattern of unknown outcomes.
function hatch(ctx) {
  if (!hatches.has(ctx)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const t = tile.getContext("2d");
    t.fillStyle = colours["gap"];
    t.fillRect(0, 0, 6, 6);
    t.strokeStyle = colours["gap-line"];
    t.lineWidth = 1.6;
    for (const shift of [-6, 0, 6]) {
      t.beginPath();
      t.moveTo(shift, 6);
      t.lineTo(shift + 6, 0);
      t.stroke();
    }
    hatches.set(ctx, ctx.createPattern(tile, "repeat"));
  }
  return hatches.get(ctx);
}

// Plot is one canvas on an axis that it shares with others. It draws itself with
// paint(ctx, plot).
class Plot {
  constructor(run, view, id, height, paint) {
    Object.assign(this, { run, view, height, paint });
    this.canvas = document.getElementById(id);
    this.ctx = this.canvas.getContext("2d");
    this.canvas.style.height = height + "px";
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    const w = Math.round(this.width * ratio), h = Math.round(this.height * ratio);
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    this.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.ctx.clearRect(0, 0, this.width, this.height);
    this.paint(this.ctx, this);
  }

  get left() { return GUTTER; }
  get right() { return this.width - MARGIN; }
  get perUnit() { return (this.right - this.left) / (this.view.to - this.view.from); }
  // along is the place on the view's axis at x.
  along(x) { return this.view.from + (x - this.left) / this.perUnit; }
  x(us) { return this.left + (us - this.view.from) * this.perUnit; }
  time(x) { return this.along(x); }
  // since and until bound the time in view.
  get since() { return this.view.from; }
  get until() { return this.view.to; }
  // opTop is where the row of an operation begins, if rows are of height h.
  opTop(i, h) { return rowOf(this.run, i) * h; }

  // inside clips to the plot while it draws.
  inside(draw) {
    const { ctx } = this;
    ctx.save();
    ctx.beginPath();
    ctx.rect(this.left, 0, this.right - this.left, this.height);
    ctx.clip();
    draw();
    ctx.restore();
  }

  text(text, x, y, { colour = "soft", align = "left", font = "11px", mono = false, weight = "" } = {}) {
    const { ctx } = this;
    ctx.font = `${weight} ${font} ${colours[mono ? "mono" : "sans"]}`;
    ctx.fillStyle = colours[colour];
    ctx.textAlign = align;
    ctx.textBaseline = "middle";
    ctx.fillText(text, x, y);
  }

  // ticks are the round times in view.
  ticks() {
    const least = this.run.timed ? 1 : 1e6;
    const step = Math.max(niceStep(90 / this.perUnit), least);
    const list = [];
    for (let n = Math.ceil(this.view.from / step); n * step <= this.view.to; n++) list.push({ us: n * step, step });
    return list;
  }

  // grid draws the vertical lines, and the times below them where there is an axis.
  grid(bottom, labelled) {
    const { ctx } = this;
    for (const { us, step } of this.ticks()) {
      const x = Math.round(this.x(us)) + 0.5;
      ctx.strokeStyle = colours.grid;
      ctx.beginPath();
      ctx.moveTo(x, 0);
      ctx.lineTo(x, bottom);
      ctx.stroke();
      if (labelled && x < this.right - 14) this.text(stamp(this.run, us, step), x, bottom + 11, { align: "center" });
    }
  }

  // shading shows the faults behind a drawing, and the violation across it.
  shading(bottom) {
    const { ctx, run } = this;
    ctx.globalAlpha = Number(colours.shade);
    for (const f of run.faults) {
      if (f.to < this.since || f.from > this.until) continue;
      ctx.fillStyle = colours["fault-" + f.tone];
      ctx.fillRect(this.x(f.from), 0, Math.max(this.x(f.to) - this.x(f.from), 1), bottom);
    }
    ctx.globalAlpha = 1;
  }

  get violatedAt() { return this.run.violation?.at; }

  violationLine(bottom) {
    const { ctx, violatedAt } = this;
    if (violatedAt === undefined) return;
    const x = Math.round(this.x(violatedAt)) + 0.5;
    ctx.strokeStyle = colours.culprit;
    ctx.lineWidth = 1.5;
    ctx.setLineDash([5, 3]);
    ctx.beginPath();
    ctx.moveTo(x, 0);
    ctx.lineTo(x, bottom);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.lineWidth = 1;
  }
}
