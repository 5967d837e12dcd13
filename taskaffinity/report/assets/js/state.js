"use strict";
// Which taxonomy is shown, and which target; whoever draws them listens.
report.state = (() => {
  const { curve } = report.data;
  const budgets = [...new Set(curve.map((record) => record.budget))].sort((a, b) => a - b);
  const slider = document.getElementById("budget");
  const said = document.getElementById("budget-value");
  const listeners = { taxonomy: [], target: [] };
  let { order, budget } = report.data;

  const record = () => curve.find((one) => one.order === order && one.budget === budget);
  const tell = (what, value) => listeners[what].forEach((listener) => listener(value));

  function show(newOrder, newBudget) {
    order = newOrder;
    budget = newBudget;
    slider.value = budgets.indexOf(budget);
    slider.setAttribute("aria-valuetext", `budget ${budget}`);
    said.textContent = budget;
    tell("taxonomy", record());
  }

  if (slider) {
    slider.addEventListener("input", () => show(order, budgets[slider.value]));
    for (const choice of document.getElementsByName("order")) {
      choice.addEventListener("change", () => show(Number(choice.value), budget));
    }
  }
  return {
    record,
    order: () => order,
    showBudget: (value) => show(order, value),
    showTarget: (name) => tell("target", name),
    on: (what, listener) => listeners[what].push(listener),
  };
})();
