"use strict";
// Own networks against the best constant guess and against random features.
report.sanity = (() => {
  const { sanity } = report.data;
  const element = document.getElementById("sanity-chart");

  function dots(name, shares, symbol, colour) {
    return {
      name, type: "scatter", symbol, symbolSize: 11, color: colour,
      data: shares.map((share, place) => [share === null ? null : 100 * share, place]),
    };
  }

  function describe() {
    const half = { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: report.theme.colour("soft") }, data: [{ xAxis: 50 }] };
    const series = [
      dots("best constant", sanity.constant, "circle", report.theme.colour("gain")),
      dots("random features", sanity.random, "diamond", report.theme.colour("quality")),
    ];
    series[0].markLine = half;
    return {
      grid: { left: 8, right: 24, top: 34, bottom: 44, containLabel: true },
      legend: { top: 0, left: 0, textStyle: { color: report.theme.colour("text") } },
      tooltip: report.chart.tooltip(({ seriesName, value }) =>
        `<b>${report.chart.escape(report.task(sanity.targets[value[1]]).title)}</b><br>against ${seriesName}: ${value[0].toFixed(1)} %`),
      xAxis: report.chart.axis({ type: "value", min: 0, max: 100, name: "% of test images won by the own network", nameGap: 28 }),
      yAxis: report.chart.taskAxis(sanity.targets, { axis: { inverse: true, splitLine: { show: true, lineStyle: { color: report.theme.colour("line") } } } }),
      series,
    };
  }

  function start() {
    if (sanity && element) report.chart.make(element, describe, { height: sanity.targets.length * 24 + 84 });
  }

  return { start };
})();
