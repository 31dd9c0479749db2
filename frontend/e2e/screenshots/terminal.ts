const CHAR_WIDTH = 7.6;
const LINE_HEIGHT = 17;
const PADDING = 16;
const BAR = 30;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (char) => escapes[char] ?? char);
}

function coloured(line: string): string {
  return escaped(line).replace(
    /\b(healthy|created|updated|PRIMARY|unchanged)\b/g,
    '<tspan class="good">$1</tspan>',
  );
}

/** An SVG of a terminal after a command: text, so it is small and sharp at every size. */
export function drawTerminal(command: string, lines: readonly string[]): string {
  const columns = Math.max(60, command.length + 2, ...lines.map((line) => line.length));
  const width = Math.ceil(columns * CHAR_WIDTH + 2 * PADDING);
  const height = BAR + PADDING + (lines.length + 1) * LINE_HEIGHT + PADDING / 2;
  const row = (content: string, length: number, index: number) => {
    if (length === 0) return '';
    // Whatever font there is, a line is as long as its characters, or tables would not align.
    const room = (length * CHAR_WIDTH).toFixed(1);
    const y = BAR + PADDING + index * LINE_HEIGHT;
    return `<text x="${PADDING}" y="${y}" textLength="${room}" xml:space="preserve">${content}</text>\n`;
  };
  const rows = lines.map((line, index) => row(coloured(line), line.length, index + 1));
  const prompt = `<tspan class="good">$</tspan> ${escaped(command)}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Output of ${escaped(command)}">
<style>
text { font: 12.5px ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #d6dbe4; white-space: pre }
.good { fill: #6fd08c }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#161b26"/>
<circle cx="18" cy="15" r="5" fill="#e06c60"/><circle cx="36" cy="15" r="5" fill="#dfb45c"/><circle cx="54" cy="15" r="5" fill="#6fb96b"/>
${row(prompt, command.length + 2, 0)}${rows.join('')}</svg>
`;
}
