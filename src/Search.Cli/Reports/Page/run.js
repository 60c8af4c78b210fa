// The page of one run or several.

function openRun(index) {
  shown.run = report.data.runs[index];
  shown.picked = null;
  shown.trial = shown.run.byId.get(shown.run.winner) ?? shown.run.scored[0] ?? shown.run.all[0];
  drawAll();
}

function drawFooter() {
  const size = document.documentElement.outerHTML.length / 1e6;
  fill("footer", `Written by Search ${report.data.programVersion} at ${report.data.written.slice(0, 19).replace("T", " ")} UTC; ${size.toFixed(1)} MB, of which ECharts (Apache License 2.0, Apache Software Foundation) is 1.1. Numbers are rounded to seven digits; the ledger has all. Needs no network.`);
}

report.data.runs.forEach(readRun);
redraws.push(drawHeading, drawCompare, drawFound, drawConvergence, drawFront, drawChoices, drawParallel, drawHeatmap, drawGap, drawTrust, drawTimes, drawFailures, drawStudy, drawDetails, drawFooter);
followers.trial.push(drawDetails, drawHeatmap, drawChoices);
followers.later.push(drawConvergence, followRing, drawGap, drawTrust, drawParallel);
followers.picked.push(shadeFront, drawChoices, drawConvergence, drawGap, drawTrust, followPicked);
report.lookAt = lookAt;
report.shown = shown;
openRun(0);
