"use strict";
// One panel a target, as tabs: arrow keys move between them.
report.targets = (() => {
  const tabs = [...document.querySelectorAll(".tab")];
  const panels = [...document.querySelectorAll(".panel")];
  const ROW = 20;
  const MOST = 30; // the rest is in the table

  function show(name, { move = false } = {}) {
    const chosen = panels.find((panel) => panel.dataset.target === name);
    if (!chosen) return;
    for (const panel of panels) panel.hidden = panel !== chosen;
    for (const tab of tabs) {
      const isChosen = tab.dataset.target === name;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
    draw(chosen);
    if (move) {
      chosen.scrollIntoView({ block: "start" });
      chosen.focus({ preventScroll: true });
    }
  }

  function draw(panel) {
    const element = panel.querySelector(".ranked");
    if (report.chart.has(element)) return;
    const rows = report.data.transfers[panel.dataset.target].slice(0, MOST);
    report.chart.make(element, () => describe(element, rows), { height: rows.length * ROW + 64 });
  }

  function describe(element, rows) {
    const names = rows.map((row) => row[0]);
    const least = 0.7 * Math.min(...rows.flatMap((row) => [row[2], row[3]]).filter((value) => value > 0));
    const shown = (value) => Math.max(value, least); // a logarithmic axis has no zero: its bounds lie at the edge
    const colour = ([, sources]) => {
      const first = sources.split("+")[0];
      return report.task(first).group === "reference" ? report.theme.colour("reference") : report.task(first).fill;
    };
    const words = (row) => [
      `<b>${report.chart.escape(row[0])}</b>`,
      `affinity ${report.significant(row[2])}${report.interval(row[3], row[4], report.significant)}`,
      `gain ${report.percent(row[5], 1)}${report.interval(row[6], row[7], report.percent)}`,
      `quality ${report.percent(row[8], 1)}${report.interval(row[9], row[10], report.percent)}`,
    ].join("<br>");
    return {
      grid: { left: 8, right: 24, top: 4, bottom: 44, containLabel: true },
      tooltip: report.chart.tooltip(({ dataIndex }) => words(rows[dataIndex])),
      xAxis: report.chart.axis({ type: "log", name: "affinity, logarithmic, with its 95 % interval", nameGap: 28, min: (extent) => extent.min * 0.7, max: (extent) => extent.max * 1.3, axisLabel: { color: report.theme.colour("soft"), formatter: report.significant, hideOverlap: true, showMinLabel: false, showMaxLabel: false } }),
      yAxis: report.chart.axis({ type: "category", data: names, inverse: true, splitLine: { show: true, lineStyle: { color: report.theme.colour("sunken") } }, axisLabel: { interval: 0, color: report.theme.colour("text"), width: element.clientWidth < 600 ? 130 : 260, overflow: "truncate" } }),
      series: [
        { type: "custom", renderItem: whisker, encode: { x: [1, 2], y: 0 }, silent: true, data: rows.map((row, place) => [place, shown(row[3] ?? row[2]), shown(row[4] ?? row[2])]) },
        { type: "scatter", symbolSize: 11, z: 3, data: rows.map((row, place) => ({ value: [shown(row[2]), place], itemStyle: { color: colour(row) } })) },
      ],
    };
  }

  function whisker(params, api) {
    const [place, low, high] = [0, 1, 2].map((dimension) => api.value(dimension));
    const [start, end] = [api.coord([low, place]), api.coord([high, place])];
    return {
      type: "line", shape: { x1: start[0], y1: start[1], x2: end[0], y2: end[1] },
      style: { stroke: report.theme.colour("text"), lineWidth: 2, opacity: 0.55, lineCap: "round" },
    };
  }

  function onKey(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const here = tabs.indexOf(event.target);
    const next = step ? (here + step + tabs.length) % tabs.length : { Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    show(tabs[next].dataset.target);
    tabs[next].focus();
  }

  function start() {
    for (const tab of tabs) {
      tab.addEventListener("click", () => show(tab.dataset.target));
      tab.addEventListener("keydown", onKey);
    }
    for (const chip of document.querySelectorAll("button.chip")) {
      chip.addEventListener("click", () => report.state.showTarget(chip.dataset.target));
    }
    report.state.on("target", (name) => show(name, { move: true }));
    if (panels.length) show(panels[0].dataset.target);
  }

  return { start, drawAll: () => panels.forEach(draw) };
})();
