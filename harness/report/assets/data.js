// What the page carries: a block of JSON and in it two deflated blobs, the columns of
// the operations and the texts that they point into. See columns.go.

const OK = 1, FAILED = 2;

async function inflate(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// columnReader reads columns of unsigned LEB128 numbers. They may exceed 32 bits, so
// it multiplies instead of shifting.
function columnReader(bytes, count) {
  let at = 0;
  return (column) => {
    for (let i = 0; i < count; i++) {
      let n = 0, unit = 1, b;
      do {
        b = bytes[at++];
        n += (b & 127) * unit;
        unit *= 128;
      } while (b & 128);
      column[i] = n;
    }
    return column;
  };
}

async function load() {
  const run = JSON.parse(document.getElementById("data").textContent);
  const n = run.operations.count;
  const [columns, strings] = await Promise.all([inflate(run.operations.columns), inflate(run.operations.strings)]);
  const read = columnReader(columns, n);
  const ops = {
    count: n,
    start: read(new Float64Array(n)), end: read(new Float64Array(n)),
    process: read(new Uint32Array(n)), node: read(new Uint32Array(n)), func: read(new Uint32Array(n)), key: read(new Uint32Array(n)),
    flags: read(new Uint8Array(n)), value: read(new Float64Array(n)), expect: read(new Float64Array(n)), found: read(new Float64Array(n)),
    error: read(new Uint32Array(n)),
  };
  for (let i = 1; i < n; i++) ops.start[i] += ops.start[i - 1];
  for (let i = 0; i < n; i++) ops.end[i] += ops.start[i];
  const tables = JSON.parse(new TextDecoder().decode(strings));
  for (const name in tables) tables[name] ??= [];
  run.ops = ops;
  run.tables = tables;
  run.faults ??= [];
  run.leaders ??= [];
  run.kinds ??= [];
  if (run.violation) run.violation.core ??= [];
  run.rows = byRow(ops, run.rows ?? [], (i) => tables.processes[ops.process[i]][1]);
  await loadTrace(run);
  return run;
}

// byRow lists the operations of each row by start. reach[i] is the latest end of the
// first i+1 of them, so that a binary search finds the first that is still visible.
// rowOfOp is undefined for an operation that is on none.
function byRow(ops, labels, rowOfOp) {
  const rows = labels.map((label) => ({ label, ops: [], reach: [] }));
  for (let i = 0; i < ops.count; i++) {
    const row = rows[rowOfOp(i)];
    if (!row) continue;
    const before = row.reach.length ? row.reach[row.reach.length - 1] : 0;
    row.ops.push(i);
    row.reach.push(Math.max(before, ops.end[i]));
  }
  return rows;
}

// lowerBound is the first index of 0…n at which the ascending condition holds.
function lowerBound(n, holds) {
  let lo = 0, hi = n;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (holds(mid)) hi = mid; else lo = mid + 1;
  }
  return lo;
}

// visible is the range of a row's operations that overlap from…to.
function visible(run, row, from, to) {
  const lo = lowerBound(row.ops.length, (i) => row.reach[i] >= from);
  const hi = lowerBound(row.ops.length, (i) => run.ops.start[row.ops[i]] > to);
  return [lo, hi];
}

const outcomeOf = (run, i) => run.ops.flags[i] & 3;

function valueText(run, code) {
  if (code === 0) return "nothing";
  return code % 2 ? run.tables.values[(code - 1) / 2] : String(code / 2 - 1);
}

// opLabel names an operation and its result in a few words, like label in text.go.
function opLabel(run, i) {
  const { ops, tables } = run;
  const f = tables.funcs[ops.func[i]], ok = outcomeOf(run, i) === OK;
  const value = valueText(run, ops.value[i]), found = valueText(run, ops.found[i]);
  if (f === "read") return ok ? "read → " + found : "read";
  if (f === "cas") {
    const text = "cas " + valueText(run, ops.expect[i]) + " → " + value;
    return ok && !(ops.flags[i] & 4) ? text + ", found " + found : text;
  }
  return f + (ops.value[i] ? " " + value : "") + (ok && ops.found[i] ? " → " + found : "");
}
