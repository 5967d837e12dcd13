"use strict";
// Sources by targets: losses before, affinities after AHP, gain and quality; in several orders.
report.matrix = (() => {
  const { matrix } = report.data;
  const element = document.getElementById("matrix-chart");
  const NOTES = {
    affinity: "Each row is a source, each column a target. Colours compare the sources of one target: yellow is its best source, on a logarithmic scale.",
    loss: "Mean test losses as measured, on a logarithmic scale; yellow is low. Each column has a unit of its own, so that columns cannot be compared: hence the tournament.",
    gain: "Share of test images on which the transfer beats the same network trained from scratch.",
    quality: "Share of test images on which the transfer beats the target's fully supervised network.",
  };
  const ROW = 22;
  const LOWEST = 0.2; // the share of affinities that are as dark as can be: a few hopeless ones would take all colours
  let view = "affinity";
  let order = "clustered";

  const isRate = () => view === "gain" || view === "quality";
  const value = (source, target) => matrix.views[view][matrix.sources.indexOf(source)][matrix.targets.indexOf(target)];
  const written = (number) => (isRate() ? report.percent(number, 1) : report.significant(number));
  const byTitle = (a, b) => report.task(a).title.localeCompare(report.task(b).title);

  function ordered() {
    if (order === "clustered") return matrix.clustered;
    if (order === "name") return { sources: [...matrix.sources].sort(byTitle), targets: [...matrix.targets].sort(byTitle) };
    if (!order.startsWith("target:")) return matrix;
    const target = order.slice("target:".length);
    const sign = view === "loss" ? -1 : 1;
    const merit = (source) => sign * (value(source, target) ?? -sign * Infinity);
    return {
      sources: [...matrix.sources].sort((a, b) => merit(b) - merit(a)),
      targets: [target, ...matrix.targets.filter((other) => other !== target)],
    };
  }

  // Affinities are coloured relative to the best into their target, losses as they are: as in the figures.
  function colourValue(number, target) {
    if (number === null || isRate()) return number;
    const unit = view === "affinity" ? Math.max(...matrix.sources.map((source) => value(source, target) ?? 0)) : 1;
    return number > 0 ? Math.log10(number / unit) : null;
  }

  function range(colours) {
    if (isRate()) return [0, 1];
    const known = colours.filter((number) => number !== null).sort((a, b) => a - b);
    return [known[view === "affinity" ? Math.floor(LOWEST * known.length) : 0], known.at(-1)];
  }

  function scaleWords(min, max) {
    if (isRate()) return ["100 %", "0 %"];
    if (view === "affinity") return ["best", `≤ ${(10 ** min).toPrecision(1)} ×`];
    return [report.significant(10 ** max), report.significant(10 ** min)];
  }

  function describe() {
    const { sources, targets } = ordered();
    const cells = sources.flatMap((source, y) => targets.map((target, x) => {
      const number = value(source, target);
      return [x, y, colourValue(number, target), number];
    }));
    const [min, max] = range(cells.map((cell) => cell[2]));
    const narrow = element.clientWidth < 700;
    return {
      grid: { left: 8, right: narrow ? 8 : 92, top: 8, bottom: 8, containLabel: true },
      tooltip: report.chart.tooltip(({ data }) => {
        const [source, target] = [sources[data[1]], targets[data[0]]].map((name) => report.chart.escape(report.task(name).title));
        return `${source} → <b>${target}</b><br>${view} ${data[3] === null ? "not measured" : written(data[3])}`;
      }),
      xAxis: report.chart.taskAxis(targets, { axisLabel: { rotate: 55 }, axis: { triggerEvent: true, axisLine: { show: false } } }),
      yAxis: report.chart.taskAxis(sources, { axis: { inverse: true, triggerEvent: true, axisLine: { show: false } } }),
      visualMap: {
        show: !narrow, min, max, dimension: 2, calculable: false, right: 0, top: "middle", itemHeight: 160, precision: 2,
        text: scaleWords(min, max),
        textStyle: { color: report.theme.colour("soft") },
        inRange: { color: view === "loss" ? [...report.data.palette.sequential].reverse() : report.data.palette.sequential }, outOfRange: { color: report.theme.colour("missing") },
      },
      series: [{
        type: "heatmap", data: cells.map((cell) => (cell[2] === null ? [cell[0], cell[1], "-", cell[3]] : [cell[0], cell[1], Math.min(Math.max(cell[2], min), max), cell[3]])),
        itemStyle: { borderColor: report.theme.colour("card"), borderWidth: 1 },
        emphasis: { itemStyle: { borderColor: report.theme.colour("text"), borderWidth: 2 } },
      }],
    };
  }

  function cell(kind, text, className) {
    const made = document.createElement(kind);
    made.textContent = text;
    if (className) made.className = className;
    if (kind === "th") made.scope = className ? "col" : "row";
    return made;
  }

  function table() {
    const { sources, targets } = ordered();
    const head = document.createElement("thead");
    head.insertRow().append(cell("th", "Source", " "), ...targets.map((target) => cell("th", report.task(target).title, "n")));
    const body = document.createElement("tbody");
    for (const source of sources) {
      body.insertRow().append(cell("th", report.task(source).title), ...targets.map((target) => cell("td", written(value(source, target)), "n")));
    }
    document.getElementById("matrix-table").replaceChildren(head, body);
  }

  function start() {
    const height = matrix.sources.length * ROW + 160;
    const draw = report.chart.make(element, describe, { height, onClick: choose });
    const select = document.getElementById("matrix-order");
    const update = () => {
      document.getElementById("matrix-note").textContent = NOTES[view];
      draw();
      table();
    };
    for (const choice of document.getElementsByName("matrix-view")) {
      choice.addEventListener("change", () => { view = choice.value; update(); });
    }
    select.addEventListener("change", () => { order = select.value; update(); });
    update();
  }

  function choose(event) {
    const { targets } = ordered();
    const name = event.componentType === "series" ? targets[event.data[0]] : event.componentType === "xAxis" ? event.value : null;
    if (name) report.state.showTarget(name);
  }

  return { start };
})();
