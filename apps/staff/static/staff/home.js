// The parts of the start page: each is asked for by itself, and again every few seconds while somebody looks.
// A chart that is there already stays in its place and gets the new values, so nothing flickers.

const EVERY_MS = 5_000;
const PATIENCE_MS = 15_000; // SQS has five seconds for each of its answers
const NO_ANSWER = "No answer; it is asked again in a moment.";

const charts = new Map(); // by the name of the part and its own

function colour(given) {
  const name = given.replace(/^var\((.*)\)$/, "$1");
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || given;
}

function styled(chart) {
  const isDark = document.documentElement.classList.contains("dark");
  for (const axis of Object.values(chart.options.scales)) {
    axis.grid.color = colour(isDark ? "--color-base-700" : "--color-base-300");
    axis.ticks.color = colour(isDark ? "--color-base-400" : "--color-base-500");
  }
  return chart;
}

function read(canvas) {
  const data = JSON.parse(canvas.dataset.value);
  for (const set of data.datasets) {
    set.borderColor = colour(set.borderColor);
  }
  return data;
}

function draw(canvas) {
  const { scales } = DEFAULT_CHART_OPTIONS; // Unfold's (app.js)
  return new Chart(canvas, {
    type: canvas.dataset.type,
    data: read(canvas),
    options: {
      ...DEFAULT_CHART_OPTIONS,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { ...scales.x, ticks: { ...scales.x.ticks, maxRotation: 0 } },
        y: { ...scales.y, beginAtZero: true, ticks: { ...scales.y.ticks, maxTicksLimit: 4 } },
      },
    },
  });
}

// Put charts that are there already in place of the new ones, with the new ones' values.
function keepCharts(part, fresh) {
  for (const box of fresh.querySelectorAll("[data-chart]")) {
    const kept = part.querySelector(`.part-content [data-chart="${box.dataset.chart}"]`);
    const chart = kept && charts.get(kept);
    if (!chart) {
      continue;
    }
    const { labels, datasets } = read(box.querySelector("canvas"));
    chart.data.labels = labels;
    datasets.forEach((set, place) => Object.assign(chart.data.datasets[place], set));
    kept.setAttribute("aria-label", box.getAttribute("aria-label"));
    box.replaceWith(kept);
  }
}

function drawNewOnes(part) {
  for (const box of part.querySelectorAll("[data-chart]")) {
    if (!charts.has(box)) {
      charts.set(box, draw(box.querySelector("canvas")));
    }
    styled(charts.get(box)).update();
  }
  for (const [box, chart] of charts) {
    if (!box.isConnected) {
      chart.destroy();
      charts.delete(box);
    }
  }
}

function put(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  for (const dot of fresh.querySelectorAll("[data-colour]")) {
    dot.style.background = colour(dot.dataset.colour);
  }
  keepCharts(part, fresh);
  part.querySelector(".part-content").replaceChildren(...fresh.childNodes);
  drawNewOnes(part);
  if (focused) {
    part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

function trouble(sentence) {
  const found = document.createElement("div");
  const said = document.createElement("p");
  said.className = "part-trouble";
  said.textContent = sentence;
  found.append(said);
  return found;
}

async function asked(part) {
  const response = await fetch(part.dataset.from, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (response.redirected) {
    location.reload(); // signed out: the page itself leads to where one signs in
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const found = page.querySelector("[data-part]");
  return found ? document.importNode(found, true) : trouble(page.querySelector("h1")?.textContent || NO_ANSWER);
}

async function looked() {
  while (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

async function follow(part) {
  for (;;) {
    await looked();
    try {
      put(part, await asked(part));
    } catch {
      put(part, trouble(NO_ANSWER));
    }
    part.setAttribute("aria-busy", "false");
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

function start() {
  document.querySelectorAll("[data-from]").forEach(follow);
  const inTheme = () => [...charts.values()].forEach((chart) => styled(chart).update());
  new MutationObserver(inTheme).observe(document.documentElement, { attributeFilter: ["class"] });
}

// Unfold draws what it finds when the page is loaded: ours come after that.
if (document.readyState === "complete") {
  start();
} else {
  window.addEventListener("load", start);
}
