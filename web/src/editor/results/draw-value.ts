import { type CustomCell, type CustomRenderer, GridCellKind } from '@glideapps/glide-data-grid';
import type { Cell } from '@tidegate/contract';
import { drawnCell, jsonParts, type Shape } from './cell-words.ts';
import type { GridColours } from './grid-theme.ts';

export interface ValueData {
  readonly kind: 'value';
  readonly cell: Cell;
  readonly shape: Shape;
}
export type ValueCell = CustomCell<ValueData>;

/** Draws one value: right-aligned numbers, fainter NULL and empty text, JSON by token, the true length of what was cut. */
export function valueRenderer({ faint, json }: Pick<GridColours, 'faint' | 'json'>): CustomRenderer<ValueCell> {
  return {
    kind: GridCellKind.Custom,
    isMatch: (cell): cell is ValueCell => (cell.data as Partial<ValueData>).kind === 'value',
    draw({ ctx, theme, rect }, { data }) {
      const { text, note, tone } = drawnCell(data.cell);
      const left = rect.x + theme.cellHorizontalPadding;
      const room = rect.width - 2 * theme.cellHorizontalPadding;
      const y = rect.y + rect.height / 2 + 1;
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, rect.y, room, rect.height);
      ctx.clip();
      ctx.textBaseline = 'middle';
      ctx.font = tone === 'value' ? theme.baseFontFull : `italic 12px ${theme.fontFamily}`;
      ctx.fillStyle = tone === 'value' ? theme.textDark : faint;
      const noteWidth = note === null ? 0 : ctx.measureText(` ${note}`).width;
      if (tone === 'value' && data.shape === 'json') drawJson(ctx, text, left, y, room - noteWidth, json);
      else drawText(ctx, text, left, y, room - noteWidth, data.shape === 'number' && tone === 'value');
      if (note !== null) {
        ctx.fillStyle = theme.bgCell;
        ctx.fillRect(left + room - noteWidth, rect.y + 1, noteWidth, rect.height - 2);
        ctx.fillStyle = faint;
        ctx.fillText(` ${note}`, left + room - noteWidth, y);
      }
      ctx.restore();
    },
  };
}

function drawText(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  room: number,
  isRight: boolean,
): void {
  const { width } = ctx.measureText(text);
  // Digits that do not fit are cut at the right, where a missing one is seen; the viewer shows all of them.
  const at = isRight && width < room ? x + room - width : x;
  ctx.fillText(width <= room ? text : fitted(ctx, text, room), at, y);
}

/** With an ellipsis, so that a value that goes on is never taken for a whole one. */
function fitted(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  const perCharacter = ctx.measureText('0').width;
  return `${text.slice(0, Math.max(1, Math.floor(room / perCharacter) - 1))}…`;
}

function drawJson(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  room: number,
  colours: GridColours['json'],
): void {
  let at = x;
  const { width } = ctx.measureText(text);
  for (const part of jsonParts(width <= room ? text : fitted(ctx, text, room))) {
    ctx.fillStyle = colours[part.kind];
    ctx.fillText(part.text, at, y);
    at += ctx.measureText(part.text).width;
  }
}
