"use strict";
/* A plot as a picture: the drawing with its own style, in the colours of paper whatever the screen's, twice as sharp. */
function download(button) {
  const plot = document.getElementById(button.dataset.plot).cloneNode(true);
  const [width, height] = plot.getAttribute("viewBox").split(" ").slice(2).map(Number);
  const style = document.createElementNS(plot.namespaceURI, "style");
  style.textContent = document.getElementById("plot-style").textContent;
  plot.prepend(style);
  plot.setAttribute("width", 2 * width);
  plot.setAttribute("height", 2 * height);
  const picture = new Image();
  picture.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0);
    const link = document.createElement("a");
    link.href = canvas.toDataURL("image/png");
    link.download = button.dataset.name;
    link.click();
  };
  picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(plot));
}
for (const button of document.querySelectorAll("button[data-plot]")) {
  button.hidden = false;
  button.addEventListener("click", () => download(button));
}
