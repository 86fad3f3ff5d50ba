/** A chart of the last day's deliveries by hour and outcome, with the same numbers as a table. */

import { html } from "htm/preact";

/** @typedef {import("../api/types.js").DeliveryCounts} DeliveryCounts */

/** From the bottom up. @type {["delivered", "failed", "skipped"]} */
const OUTCOMES = ["delivered", "failed", "skipped"];
const HEIGHT = 100;
// The width of an hour, and of the gap beside its bar.
const WIDTH = 10;
const GAP = 2;
// A single failure among thousands is visible.
const LEAST = 2;
const HOUR = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** @param {{ counts: DeliveryCounts[] }} properties */
export function Chart({ counts }) {
  const most = Math.max(...counts.map(total));
  if (!most) return html`<p>Nothing was sent in the last 24 hours.</p>`;
  const sums = OUTCOMES.map((outcome) => [outcome, counts.reduce((sum, hour) => sum + hour[outcome], 0)]);
  const text = sums.map(([outcome, sum]) => `${sum.toLocaleString("en")} ${outcome}`).join(", ");
  return html`
    <figure class="chart">
      <figcaption>
        The last 24 hours: ${sums.map(([outcome, sum]) => html`<span class=${outcome}>${sum.toLocaleString("en")} ${outcome}</span>`)}
      </figcaption>
      <div class="plot">
        <span>${most.toLocaleString("en")}</span>
        <svg viewBox=${`0 0 ${counts.length * WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${`Deliveries by hour: ${text}`}>
          ${counts.map((hour, place) => html`<${Bar} hour=${hour} x=${place * WIDTH} most=${most} />`)}
        </svg>
      </div>
      <div class="hours" aria-hidden="true">${counts.filter((_, place) => place % 6 === 0).map(({ startsAt }) => html`<span>${hourOf(startsAt)}</span>`)}</div>
      <${Table} counts=${counts} />
    </figure>
  `;
}

/** @param {DeliveryCounts} hour */
const total = (hour) => OUTCOMES.reduce((sum, outcome) => sum + hour[outcome], 0);

/** @param {string} startsAt */
const hourOf = (startsAt) => HOUR.format(new Date(startsAt));

/** @param {{ hour: DeliveryCounts, x: number, most: number }} properties */
function Bar({ hour, x, most }) {
  let y = HEIGHT;
  const parts = OUTCOMES.filter((outcome) => hour[outcome]).map((outcome) => {
    const height = Math.max((hour[outcome] / most) * (HEIGHT - OUTCOMES.length * LEAST), LEAST);
    y -= height;
    return html`<rect class=${outcome} x=${x + GAP / 2} y=${y} width=${WIDTH - GAP} height=${height} />`;
  });
  return html`<g><title>${hourOf(hour.startsAt)}: ${OUTCOMES.map((outcome) => `${hour[outcome]} ${outcome}`).join(", ")}</title>${parts}</g>`;
}

/** The hours that had deliveries. @param {{ counts: DeliveryCounts[] }} properties */
const Table = ({ counts }) => html`
  <details>
    <summary>As a table</summary>
    <table>
      <thead><tr><th scope="col">Hour from</th>${OUTCOMES.map((outcome) => html`<th scope="col">${outcome}</th>`)}</tr></thead>
      <tbody>
        ${counts.filter(total).map((hour) => html`<tr><th scope="row">${hourOf(hour.startsAt)}</th>${OUTCOMES.map((outcome) => html`<td>${hour[outcome]}</td>`)}</tr>`)}
      </tbody>
    </table>
  </details>
`;
