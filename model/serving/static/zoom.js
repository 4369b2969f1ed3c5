// A closer look: the picture grows in a frame that scrolls.

const LEVELS = [1, 2, 4, 8];

export class Zoom {
  // frame: what scrolls; sheet: what grows; closer, farther: buttons.
  constructor(frame, sheet, closer, farther) {
    Object.assign(this, { frame, sheet, closer, farther, level: 0 });
    closer.addEventListener("click", () => this.set(this.level + 1));
    farther.addEventListener("click", () => this.set(this.level - 1));
    this.set(0);
  }

  set(level) {
    const { frame, sheet } = this;
    const across = (frame.scrollLeft + frame.clientWidth / 2) / (sheet.clientWidth || 1);
    const down = (frame.scrollTop + frame.clientHeight / 2) / (sheet.clientHeight || 1);
    this.level = level;
    sheet.style.setProperty("--zoom", LEVELS[level]);
    this.closer.disabled = level === LEVELS.length - 1;
    this.farther.disabled = level === 0;
    this.centre(across, down);
  }

  // Brings a point, as shares of width and height, to the middle of the frame.
  centre(across, down) {
    const { frame, sheet } = this;
    frame.scrollLeft = across * sheet.clientWidth - frame.clientWidth / 2;
    frame.scrollTop = down * sheet.clientHeight - frame.clientHeight / 2;
  }
}
