"use strict";
// What the page draws, as Python wrote it; every other script hangs its part on `report`.
const report = { data: JSON.parse(document.getElementById("document").textContent) };

report.task = (name) => report.data.tasks[name] ?? { title: name, group: "other", fill: "#767676", ink: "#ffffff" };
report.title = (sources) => sources.map((name) => report.task(name).title).join(" + ");
report.percent = (share, digits = 0) => (share === null ? "–" : `${(100 * share).toFixed(digits)} %`);
report.significant = (value) => (value === null ? "–" : String(Number(value.toPrecision(3))));
report.interval = (low, high, write) => (low === null || high === null ? "" : ` [${write(low)}, ${write(high)}]`);
