// Wheel, drag, keys, buttons and the filter: everything that changes what is visible.

class Input {
  constructor(run, view, state, plots, redraw) {
    Object.assign(this, { run, view, state, plots, redraw });
    this.area = document.getElementById("plots");
    this.crosshair = document.getElementById("crosshair");
    this.selection = document.getElementById("selection");
    this.byCanvas = new Map(plots.map((p) => [p.canvas, p]));
    this.drag = null;
    this.area.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    this.area.addEventListener("pointerdown", (e) => this.press(e));
    this.area.addEventListener("pointermove", (e) => this.move(e));
    this.area.addEventListener("pointerup", (e) => this.release(e));
    this.area.addEventListener("pointercancel", () => this.cancel());
    this.area.addEventListener("pointerleave", () => this.leave());
    this.area.addEventListener("dblclick", () => this.whole());
    this.area.addEventListener("keydown", (e) => this.key(e));
    this.buttons();
    this.filter();
    this.overview();
  }

  buttons() {
    const on = (id, act) => document.getElementById(id)?.addEventListener("click", act);
    on("in", () => this.zoom(0.5));
    on("out", () => this.zoom(2));
    on("earlier", () => this.pan(-0.5));
    on("later", () => this.pan(0.5));
    on("all", () => this.whole());
    on("jump", () => this.jump());
  }

  zoom(factor) { this.view.glide(...this.view.zoomed(factor, (this.view.from + this.view.to) / 2)); }
  pan(part) { this.view.glide(...this.view.moved(part)); }
  whole() { this.view.glide(0, this.view.end); }

  // jump shows the violation and, of all keys, only its own.
  jump() {
    const v = this.run.violation;
    if (!v) return;
    const input = document.getElementById("key");
    input.value = v.key;
    input.dispatchEvent(new Event("input"));
    this.state.selected = v.culprit;
    this.area.scrollIntoView({ block: "nearest" });
    this.view.glide(v.from, v.to);
  }

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
      this.view.set(...this.view.zoomed(factor, at.plot.time(Math.max(at.x, at.plot.left))));
    }
  }

  press(e) {
    const at = this.plotAt(e);
    if (!at || e.button > 1) return;
    this.area.setPointerCapture(e.pointerId);
    const moving = e.shiftKey || e.button === 1 || e.pointerType === "touch";
    this.view.halt();
    this.drag = { ...at, moving, from: this.view.from, to: this.view.to, perMicro: at.plot.perMicro, far: false };
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
      const shift = (d.x - at.x) / d.perMicro;
      const from = Math.min(Math.max(d.from + shift, 0), this.view.end - (d.to - d.from));
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
      this.view.glide(d.plot.time(a), d.plot.time(b));
    } else if (d && at && !d.far && d.plot.canvas.id === "ops") {
      this.state.selected = opAt(d.plot, this.state, at.x, at.y);
      this.redraw();
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

  hover({ plot, x, y }, e) {
    const id = plot.canvas.id;
    let found = null;
    if (x >= plot.left && x <= plot.right) {
      if (id === "ops") {
        const i = opAt(plot, this.state, x, y);
        if (i >= 0) found = opDetails(this.run, i);
      } else if (id === "faults") {
        const { fault, leader } = bandAt(plot, x, y);
        if (fault) found = spanDetails(this.run, fault);
        else if (leader) found = leaderDetails(this.run, leader);
      } else {
        found = bucketDetails(this.run, bucketAt(plot, x));
      }
    }
    if (found) showTip(...found, e.clientX, e.clientY);
    else hideTip();
  }

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const acts = {
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), "−": () => this.zoom(2),
      ArrowLeft: () => this.pan(-0.25), ArrowRight: () => this.pan(0.25),
      ArrowUp: () => this.select(0, -1), ArrowDown: () => this.select(0, 1), ".": () => this.select(1, 0), ",": () => this.select(-1, 0),
      0: () => this.whole(), Home: () => this.whole(), v: () => this.jump(), Escape: () => this.deselect(),
    };
    const act = acts[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  }

  deselect() {
    this.state.selected = -1;
    hideTip();
    this.redraw();
  }

  // select moves the selection along its lane, or to the nearest operation of the
  // lane above or below; without one it begins in the middle of the view.
  select(along, across) {
    const { run, view, state } = this;
    const { ops, lanes } = run;
    const old = state.selected;
    const lane = old < 0 ? 0 : Math.min(Math.max(laneOf(run, old) + across, 0), lanes.length - 1);
    const list = lanes[lane].ops.filter((i) => state.key < 0 || ops.key[i] === state.key);
    const at = old < 0 ? (view.from + view.to) / 2 : ops.start[old];
    let k = lowerBound(list.length, (j) => ops.start[list[j]] >= at);
    if (old >= 0 && along) k = list.indexOf(old) + along;
    const next = list[Math.min(Math.max(k, 0), list.length - 1)];
    if (next === undefined) return;
    state.selected = next;
    if (ops.start[next] < view.from || ops.start[next] > view.to) {
      view.halt();
      const half = (view.to - view.from) / 2;
      view.set(ops.start[next] - half, ops.start[next] + half);
    }
    this.redraw();
    this.describeSelected();
  }

  // describeSelected shows the details of the selection beside its bar.
  describeSelected() {
    const plot = this.plots.find((p) => p.canvas.id === "ops");
    const h = laneHeight(this.run), { x, y } = boxOf(plot, this.state.selected, h);
    const box = plot.canvas.getBoundingClientRect();
    showTip(...opDetails(this.run, this.state.selected), box.left + Math.max(x, plot.left), box.top + y + h - 12);
  }

  filter() {
    const { keys } = this.run.tables;
    const input = document.getElementById("key"), list = document.getElementById("keys");
    for (const key of keys.slice().sort().slice(0, 2000)) {
      const option = document.createElement("option");
      option.value = key;
      list.append(option);
    }
    input.addEventListener("input", () => {
      this.state.key = input.value === "" ? -1 : keys.indexOf(input.value);
      input.setAttribute("aria-invalid", String(input.value !== "" && this.state.key < 0));
      this.redraw();
    });
  }

  // overview moves the visible window to where the pointer is.
  overview() {
    const plot = this.plots.find((p) => p.canvas.id === "overview");
    const centre = (e) => {
      const box = plot.canvas.getBoundingClientRect();
      const us = ((e.clientX - box.left - plot.left) / (plot.right - plot.left)) * this.view.end;
      const half = (this.view.to - this.view.from) / 2;
      const from = Math.min(Math.max(us - half, 0), this.view.end - 2 * half);
      this.view.halt();
      this.view.set(from, from + 2 * half);
    };
    plot.canvas.addEventListener("pointerdown", (e) => {
      plot.canvas.setPointerCapture(e.pointerId);
      centre(e);
    });
    plot.canvas.addEventListener("pointermove", (e) => { if (e.buttons & 1) centre(e); });
  }
}
