"use strict";
// Gain and quality against the budget of computation, with the band of random plans.
report.computation = (() => {
  const computation = report.data.computation.filter((record) => record.budget > 0); // the axis is logarithmic

  function describe(kind) {
    const records = computation.map((record) => ({ ...record, at: record.budget }));
    const series = [...report.curve.band(kind, records), {
      name: "best plan", type: "line", symbolSize: 7, color: report.theme.colour(kind),
      data: records.map((record) => [record.at, record[kind] === null ? null : 100 * record[kind]]),
    }];
    const [low, high] = [records[0].at, records.at(-1).at];
    return {
      grid: { left: 52, right: 24, top: 40, bottom: 46 },
      legend: { top: 0, left: 0, itemGap: 14, data: series.filter((one) => one.name).map((one) => one.name), textStyle: { color: report.theme.colour("text") } },
      tooltip: { ...report.chart.tooltip(), trigger: "axis", formatter: (points) => words(kind, points[0].value[0]) },
      xAxis: report.chart.axis({
        type: "log", name: "multiply-adds an image, at most", nameGap: 28, min: low < high ? low : low / 2, max: low < high ? high : high * 2, splitLine: { show: false },
        axisLabel: { color: report.theme.colour("soft"), formatter: amount },
      }),
      yAxis: report.chart.axis({ type: "value", name: "% of test images won", nameGap: 36, scale: true }),
      series,
    };
  }

  function amount(value) {
    const [size, unit] = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""]].find(([least]) => value >= least) || [1, ""];
    return `${Number((value / size).toPrecision(3))}${unit}`;
  }

  function words(kind, budget) {
    const record = computation.find((one) => one.budget === budget);
    if (!record) return "";
    const random = record[kind === "gain" ? "randomGain" : "randomQuality"];
    const lines = [`<b>Within ${amount(budget)}</b>: ${kind} ${report.percent(record[kind], 1)}`, `uses ${amount(record.used)}`];
    if (random[1] !== null) lines.push(`random ${report.percent(random[1], 1)}${report.interval(random[0], random[2], (share) => report.percent(share))}`);
    return lines.concat(report.chart.escape(record.sources.map((name) => report.task(name).title).join(", "))).join("<br>");
  }

  function start() {
    if (!computation.length) return;
    for (const kind of ["gain", "quality"]) {
      const element = document.getElementById(`computation-${kind}`);
      if (element) report.chart.make(element, () => describe(kind));
    }
  }

  return { start };
})();
