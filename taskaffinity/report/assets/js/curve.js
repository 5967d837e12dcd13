"use strict";
// Gain and quality against the budget, with the band of random policies.
report.curve = (() => {
  const SYMBOLS = ["circle", "rect", "triangle", "diamond", "pin"];
  const orders = [...new Set(report.data.curve.map((record) => record.order))];

  const scaled = (value) => (value === null ? null : 100 * value);

  function lines(kind, colour) {
    return orders.map((order, place) => {
      const isShown = order === report.state.order();
      const records = report.data.curve.filter((record) => record.order === order);
      return {
        name: order === 1 ? "one source a target" : `up to ${order} sources`, type: "line", symbol: SYMBOLS[place % SYMBOLS.length], symbolSize: isShown ? 7 : 5,
        color: colour, lineStyle: { width: isShown ? 2.5 : 1.2, type: isShown ? "solid" : "dotted" }, z: isShown ? 3 : 2,
        itemStyle: { opacity: isShown ? 1 : 0.6 }, data: records.map((record) => [record.budget, scaled(record[kind])]),
      };
    });
  }

  // A band is an unseen line with the height of the band stacked on it.
  function band(kind, all) {
    const key = kind === "gain" ? "randomGain" : "randomQuality";
    const records = all.filter((record) => record[key][0] !== null);
    if (!records.length) return [];
    const grey = report.theme.colour("band");
    const unseen = { type: "line", stack: "band", symbol: "none", silent: true, lineStyle: { opacity: 0 }, color: grey };
    return [
      { ...unseen, data: records.map((record) => [record.budget, scaled(record[key][0])]) },
      { ...unseen, areaStyle: { color: grey, opacity: 0.25 }, data: records.map((record) => [record.budget, scaled(record[key][2] - record[key][0])]) },
      { name: "random policies", type: "line", symbol: "none", color: grey, lineStyle: { type: "dashed", width: 1.5 }, data: records.map((record) => [record.budget, scaled(record[key][1])]) },
    ];
  }

  function describe(kind) {
    const shown = report.state.record();
    const shownOrder = report.data.curve.filter((record) => record.order === report.state.order());
    const series = [...band(kind, shownOrder), ...lines(kind, report.theme.colour(kind))];
    const mark = { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: report.theme.colour("accent"), type: "solid" }, data: [{ xAxis: shown ? shown.budget : 0 }] };
    series.at(-1).markLine = mark;
    const narrow = document.getElementById(`curve-${kind}`).clientWidth < 420;
    return {
      grid: { left: 52, right: 16, top: narrow ? 64 : 40, bottom: 46 },
      legend: { top: 0, left: 0, itemGap: 14, data: series.filter((one) => one.name).map((one) => one.name), textStyle: { color: report.theme.colour("text") } },
      tooltip: { ...report.chart.tooltip(), trigger: "axis", formatter: (points) => words(kind, points[0].value[0]) },
      xAxis: report.chart.axis({ type: "value", name: "supervision budget", nameGap: 28, minInterval: 1, min: "dataMin", max: "dataMax", splitLine: { show: false } }),
      yAxis: report.chart.axis({ type: "value", name: "% of test images won", nameGap: 36, scale: true }),
      series,
    };
  }

  function words(kind, budget) {
    const record = report.data.curve.find((one) => one.order === report.state.order() && one.budget === budget);
    if (!record) return "";
    const random = record[kind === "gain" ? "randomGain" : "randomQuality"];
    const lines = [`<b>Budget ${budget}</b>: ${kind} ${report.percent(record[kind], 1)}`];
    if (random[1] !== null) lines.push(`random ${report.percent(random[1], 1)}${report.interval(random[0], random[2], (share) => report.percent(share))}`);
    if (record.pValue !== null) lines.push(`p = ${report.significant(record.pValue)} (objective)`);
    return lines.concat(report.chart.escape(record.sources.map((name) => report.task(name).title).join(", "))).join("<br>");
  }

  function start() {
    for (const kind of ["gain", "quality"]) {
      const element = document.getElementById(`curve-${kind}`);
      if (!element) continue;
      const draw = report.chart.make(element, () => describe(kind), {
        onClick: (event) => report.state.showBudget(event.value[0]),
      });
      report.state.on("taxonomy", draw);
    }
  }

  return { start, band };
})();
