// The visible part of an axis, in microseconds or in whatever a scale makes of them.
// Everything is drawn from it and everything that zooms or moves goes through it.

class View {
  // least is the shortest part that can be shown.
  constructor(start, end, least) {
    Object.assign(this, { start, end, least, from: start, to: end });
    this.changed = () => {};
    this.gliding = 0;
  }

  set(from, to) {
    const width = Math.min(Math.max(to - from, this.least), this.end - this.start);
    const middle = (from + to) / 2;
    this.from = this.within(middle - width / 2, width);
    this.to = this.from + width;
    this.changed();
  }

  // glide moves there within a quarter of a second, unless the reader wants no motion.
  glide(from, to) {
    const token = ++this.gliding;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.set(from, to);
    const [from0, to0, begun] = [this.from, this.to, performance.now()];
    const step = (now) => {
      if (token !== this.gliding) return;
      const part = Math.min(Math.max((now - begun) / 250, 0), 1);
      const eased = 1 - (1 - part) ** 3;
      this.set(from0 + (from - from0) * eased, to0 + (to - to0) * eased);
      if (part < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  halt() { this.gliding++; }

  // within is the place nearest to from at which a part of such a width begins.
  within(from, width) { return Math.min(Math.max(from, this.start), this.end - width); }

  whole() { this.glide(this.start, this.end); }

  // zoomed is the range after zooming by a factor around a place that stays.
  zoomed(factor, at) {
    return [at - (at - this.from) * factor, at + (this.to - at) * factor];
  }

  // moved is the range after moving by a part of its width.
  moved(part) {
    const width = this.to - this.from;
    const from = this.within(this.from + width * part, width);
    return [from, from + width];
  }
}

// niceStep is the smallest of 1, 2, 5 × 10^k that is at least so large.
function niceStep(least) {
  const unit = 10 ** Math.floor(Math.log10(least));
  for (const m of [1, 2, 5]) if (m * unit >= least * 0.999999) return m * unit;
  return 10 * unit;
}

// stamp writes a place on the axis with as many digits as a step needs.
function stamp(run, us, step) {
  if (!run.timed) return "event " + Math.round(us / 1e6);
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(step / 1e6) - 1e-9), 0), 6);
  return (us / 1e6).toFixed(digits) + " s";
}

function latencyText(us) {
  if (us < 1e3) return Math.round(us) + " µs";
  if (us < 1e4) return (us / 1e3).toFixed(2) + " ms";
  if (us < 1e6) return (us / 1e3).toFixed(1) + " ms";
  return (us / 1e6).toFixed(2) + " s";
}
