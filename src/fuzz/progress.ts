/** How far a campaign is, as one line on a terminal that is overwritten. */
const SHOW_EVERY_MS = 200;

export class CampaignProgress {
  readonly #runs: number;
  readonly #started = performance.now();
  #shownMs = 0;
  #seconds: number | null = null;

  constructor(runs: number) {
    this.#runs = runs;
  }

  report(done: number, found: number): void {
    const now = performance.now();
    const seconds = (now - this.#started) / 1000;
    if (process.stderr.isTTY !== true || seconds < 1 || now - this.#shownMs < SHOW_EVERY_MS) return;
    this.#shownMs = now;
    const left = Math.ceil(((this.#runs - done) * seconds) / done);
    const differences = found === 0 ? "" : `, ${found} differences`;
    process.stderr.write(
      `\r${done} of ${this.#runs} runs, ${(done / seconds).toFixed(0)} runs/s, about ${left} s left${differences}\u001b[K`,
    );
  }

  /** Clears the line, so that something else can be printed. */
  clear(): void {
    if (this.#shownMs > 0 && this.#seconds === null) process.stderr.write("\r\u001b[K");
  }

  /** Ends the line; the seconds that it took. */
  end(): number {
    this.clear();
    this.#seconds ??= (performance.now() - this.#started) / 1000;
    return this.#seconds;
  }
}
