/** Whether programs that talk have something to do. */
import type { Direction } from "./direction.ts";
import type { Player } from "./player.ts";

/** Whether a program can still go on with what it has heard. @param input what it hears */
export function isAtWork(player: Player, input: Direction): boolean {
  if (player.isGone) return false;
  // Its end last: it may come between these questions, and then nobody is busy any more.
  return player.box === null || !input.isRead || player.box.isBusy() || player.hasEnded;
}

/** Nothing is on its way, and nobody does anything. */
export function areAllWaiting(players: readonly Player[], ways: readonly Direction[]): boolean {
  return ways.every(({ isRead }) => isRead) && players.every(({ box }) => box !== null && !box.isBusy());
}
