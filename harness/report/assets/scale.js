// Scale maps time to places on the axis of a trace and back. What a cluster does comes in
// bursts of a few milliseconds with long silences between them. On a true scale an
// arrow would be a vertical line; so the distance of two neighbouring events may be
// made the cube root of their time. Order is kept, and what is simultaneous stays so.

class Scale {
  // times are those between which the axis is stretched; it goes from…to.
  constructor(from, to, times) {
    const sorted = Float64Array.from(times).sort();
    const knots = [from];
    for (const us of sorted) if (us > knots[knots.length - 1] && us < to) knots.push(us);
    knots.push(to);
    this.knots = Float64Array.from(knots);
    this.units = new Float64Array(knots.length);
    for (let i = 1; i < knots.length; i++) this.units[i] = this.units[i - 1] + Math.cbrt(knots[i] - knots[i - 1]);
  }

  // even is the true scale.
  static even(from, to) {
    const scale = new Scale(from, to, []);
    scale.units[1] = to - from;
    return scale;
  }

  get end() { return this.units[this.units.length - 1]; }

  unit(us) { return between(this.knots, this.units, us); }
  time(unit) { return between(this.units, this.knots, unit); }
}

// between interpolates: xs ascend, and ys[i] belongs to xs[i].
function between(xs, ys, x) {
  const i = Math.min(Math.max(lowerBound(xs.length, (k) => xs[k] >= x), 1), xs.length - 1);
  return ys[i - 1] + ((ys[i] - ys[i - 1]) * (x - xs[i - 1])) / (xs[i] - xs[i - 1]);
}

// roundest is the roundest time within from…to, and the step that it is a multiple of.
function roundest(from, to) {
  for (let unit = 10 ** Math.ceil(Math.log10(Math.max(to, 1))); unit >= 1; unit /= 10) {
    for (const step of [unit, unit / 2, unit / 5]) {
      const us = Math.ceil(from / step) * step;
      if (us <= to) return { us, step };
    }
  }
  return { us: from, step: 1 };
}
