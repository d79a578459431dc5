"use strict";

const HEALTH_EVERY_MS = 5000;
const CHAINS_EVERY_MS = 30000;
const HISTORY_MS = 3600000;
const TIME_MAX_MS = 8000;
const WIDTH = 600;
const TOP = 8;
const BOTTOM = 112;

const WORDS = {
  ok: "Everything works",
  degraded: "Working, with restrictions",
  down: "Not working",
};

/** What the API says of the last hour, and what was measured here since: points of {at, rate, p95}. */
let past = [];
let measured = [];
let before = null;

const element = (id) => document.getElementById(id);

/** A row whose cells are text, whatever the text holds. */
function row(cells) {
  const line = document.createElement("tr");
  for (const { text, number, state } of cells) {
    const cell = line.insertCell();
    cell.textContent = text;
    if (number) cell.className = "number";
    if (state) cell.dataset.state = state;
  }
  return line;
}

const show = (id, rows) => element(id).replaceChildren(...rows.map(row));

function seconds(count) {
  if (count < 120) return `${count} s`;
  if (count < 7200) return `${Math.round(count / 60)} min`;
  return `${Math.round(count / 3600)} h`;
}

async function ask(path) {
  const reply = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(TIME_MAX_MS) });
  // A part that is down comes with 503 and the same body.
  return reply.json();
}

/** The bound that 95 % of the requests between two readings stayed within. */
function p95(now, then) {
  const counts = now.durations.map((bucket, index) => bucket.requests - then.durations[index].requests);
  const all = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [index, count] of counts.entries()) {
    below += count;
    if (all > 0 && below >= all * 0.95) return now.durations[index].milliseconds ?? Infinity;
  }
  return null;
}

/** What happened since the last reading. */
function measure(traffic) {
  const now = { at: Date.now(), ticks: performance.now(), traffic };
  // Counting begins anew when the cache is emptied.
  if (before && traffic.requests >= before.traffic.requests) {
    const rate = (traffic.requests - before.traffic.requests) / ((now.ticks - before.ticks) / 1000);
    const last = { at: now.at, rate, p95: p95(traffic, before.traffic) };
    measured.push(last);
    element("rate").textContent = rate.toFixed(1);
    element("p95").textContent = last.p95 === null ? "no requests" : last.p95 === Infinity ? "over 10 s" : `${last.p95} ms`;
  }
  before = now;
}

function remember(history) {
  past = history.filter((minute) => minute.seconds > 0).map((minute) => ({
    at: Date.parse(minute.until),
    rate: minute.requests / minute.seconds,
    p95: minute.p95Milliseconds ?? null,
  }));
  const newest = past.length > 0 ? past[past.length - 1].at : 0;
  measured = measured.filter((point) => point.at > newest);
}

function line(points, value) {
  const shown = points.filter((point) => Number.isFinite(value(point)));
  const top = Math.max(1, ...shown.map(value));
  const begin = Date.now() - HISTORY_MS;
  return shown
    .map((point) => [((point.at - begin) / HISTORY_MS) * WIDTH, BOTTOM - (value(point) / top) * (BOTTOM - TOP)])
    .filter(([x]) => x >= 0)
    .map(([x, y]) => `${Math.min(x, WIDTH).toFixed(1)},${y.toFixed(1)}`)
    .join(" ");
}

function draw() {
  const points = [...past, ...measured];
  element("rate-line").setAttribute("points", line(points, (point) => point.rate));
  element("p95-line").setAttribute("points", line(points, (point) => point.p95 ?? NaN));
}

async function health() {
  const overall = element("overall");
  try {
    const now = await ask("/health");
    overall.textContent = WORDS[now.status] ?? "Unknown";
    overall.dataset.state = now.status;
    element("version").textContent = now.version;
    show("dependencies", now.dependencies.map((part) => [
      { text: part.name },
      { text: part.status, state: part.status === "up" ? "ok" : part.required ? "down" : "degraded" },
      { text: part.latencyUs === undefined ? "" : `${(part.latencyUs / 1000).toFixed(1)} ms`, number: true },
      { text: part.impact ?? "" },
    ]));
    show("views", (now.views ?? []).map((view) => [
      { text: view.name },
      { text: seconds(view.ageSeconds), number: true, state: view.impact ? "degraded" : "" },
      { text: view.impact ?? "" },
    ]));
    if (now.traffic) measure(now.traffic);
    if (now.history) remember(now.history);
    draw();
  } catch {
    overall.textContent = "No answer";
    overall.dataset.state = "down";
  }
  element("asked").textContent = new Date().toLocaleTimeString();
  setTimeout(health, HEALTH_EVERY_MS);
}

async function chains() {
  try {
    const { items } = await ask("/v1/chains");
    show("chains", (items ?? []).map((chain) => {
      const failing = chain.status !== "active" || chain.sync?.lastError !== undefined;
      return [
        { text: `${chain.name} (${chain.chainId})` },
        { text: failing ? chain.sync?.lastError ?? chain.status : chain.status, state: failing ? "degraded" : "ok" },
        { text: chain.sync?.indexedBlock ?? "none yet", number: true },
        { text: chain.sync?.lagBlocks === undefined ? "" : `${chain.sync.lagBlocks} blocks`, number: true },
        { text: chain.totals.agents, number: true },
      ];
    }));
  } catch {
    // What was shown stays; the overall state says what is wrong.
  }
  setTimeout(chains, CHAINS_EVERY_MS);
}

health();
chains();
