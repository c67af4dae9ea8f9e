// Wheel, drag, keys and buttons: everything that moves a view. What else the pointer and
// the keys do is up to the drawing, which extends this.

class Motion {
  // area holds the plots; names is what the ids of its buttons begin with.
  constructor(view, plots, area, names) {
    Object.assign(this, { view, plots, area, names });
    this.crosshair = area.querySelector(".crosshair");
    this.selection = area.querySelector(".selection");
    this.byCanvas = new Map(plots.map((p) => [p.canvas, p]));
    this.drag = null;
    this.area.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    this.area.addEventListener("pointerdown", (e) => this.press(e));
    this.area.addEventListener("pointermove", (e) => this.move(e));
    this.area.addEventListener("pointerup", (e) => this.release(e));
    this.area.addEventListener("pointercancel", () => this.cancel());
    this.area.addEventListener("pointerleave", () => this.leave());
    this.area.addEventListener("dblclick", () => this.view.whole());
    this.area.addEventListener("keydown", (e) => this.key(e));
    this.on("in", () => this.zoom(0.5));
    this.on("out", () => this.zoom(2));
    this.on("earlier", () => this.pan(-0.5));
    this.on("later", () => this.pan(0.5));
    this.on("all", () => this.view.whole());
    this.on("jump", () => this.jump());
  }

  on(id, act) { document.getElementById(this.names + id)?.addEventListener("click", act); }
  zoom(factor) { this.view.glide(...this.view.zoomed(factor, (this.view.from + this.view.to) / 2)); }
  pan(part) { this.view.glide(...this.view.moved(part)); }

  // jump, hover, click, select and deselect are the drawing's own.
  jump() {}
  hover() {}
  click() {}
  select() {}
  deselect() {}

  // plotAt is the plot under an event, and where on it.
  plotAt(e) {
    const plot = this.byCanvas.get(e.target) ?? this.drag?.plot;
    if (!plot) return null;
    const box = plot.canvas.getBoundingClientRect();
    return { plot, x: e.clientX - box.left, y: e.clientY - box.top };
  }

  wheel(e) {
    const at = this.plotAt(e);
    if (!at) return;
    const sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY) || e.shiftKey;
    if (sideways) {
      e.preventDefault();
      this.view.halt();
      this.view.set(...this.view.moved((e.deltaX || e.deltaY) / (at.plot.right - at.plot.left)));
    } else if (e.ctrlKey || e.metaKey || document.activeElement === this.area) {
      e.preventDefault();
      this.view.halt();
      const lines = e.deltaMode === 1 ? 16 : 1;
      const factor = Math.exp(Math.min(Math.max(e.deltaY * lines, -240), 240) * 0.0025);
      this.view.set(...this.view.zoomed(factor, at.plot.along(Math.max(at.x, at.plot.left))));
    }
  }

  press(e) {
    const at = this.plotAt(e);
    if (!at || e.button > 1) return;
    this.area.setPointerCapture(e.pointerId);
    const moving = e.shiftKey || e.button === 1 || e.pointerType === "touch";
    this.view.halt();
    this.drag = { ...at, moving, from: this.view.from, to: this.view.to, perUnit: at.plot.perUnit, far: false };
  }

  move(e) {
    const at = this.plotAt(e);
    if (!at) return this.leave();
    const d = this.drag;
    this.crosshair.hidden = at.x < at.plot.left || at.x > at.plot.right;
    this.crosshair.style.transform = `translateX(${Math.round(at.x)}px)`;
    if (!d) return this.hover(at, e);
    d.far ||= Math.abs(at.x - d.x) > 4;
    hideTip();
    if (d.moving) {
      const from = this.view.within(d.from + (d.x - at.x) / d.perUnit, d.to - d.from);
      this.view.set(from, from + d.to - d.from);
    } else if (d.far) {
      const [a, b] = this.dragged(at);
      this.selection.hidden = false;
      this.selection.style.transform = `translateX(${a}px)`;
      this.selection.style.width = b - a + "px";
    }
  }

  // dragged is the selected range in pixels, left to right.
  dragged(at) {
    const within = (x) => Math.min(Math.max(x, at.plot.left), at.plot.right);
    return [within(Math.min(this.drag.x, at.x)), within(Math.max(this.drag.x, at.x))];
  }

  release(e) {
    const d = this.drag, at = this.plotAt(e);
    if (d && at && d.far && !d.moving) {
      const [a, b] = this.dragged(at);
      this.view.glide(d.plot.along(a), d.plot.along(b));
    } else if (d && at && !d.far) {
      this.click({ ...at, plot: d.plot });
    }
    this.cancel();
  }

  cancel() {
    this.drag = null;
    this.selection.hidden = true;
  }

  leave() {
    if (this.drag) return;
    this.crosshair.hidden = true;
    hideTip();
  }

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const acts = {
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), "−": () => this.zoom(2),
      ArrowLeft: () => this.pan(-0.25), ArrowRight: () => this.pan(0.25),
      ArrowUp: () => this.select(0, -1), ArrowDown: () => this.select(0, 1), ".": () => this.select(1, 0), ",": () => this.select(-1, 0),
      0: () => this.view.whole(), Home: () => this.view.whole(), v: () => this.jump(), Escape: () => this.deselect(),
    };
    const act = acts[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  }
}
