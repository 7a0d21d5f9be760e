/**
 * The suites as an ordinary user: with MINI_ISOLATE_TEST_AS=UID, the commands of every test are that user's, while the test itself stays root.
 * With MINI_ISOLATE_TEST_WITHIN=PROGRAM each of them is started through a program of root's, which may put it into a control group of the
 * user's. Claims that are about root do not hold then: docs/testing.md says which.
 */

/** Whose the commands are; null: ours. */
export const testedUid: number | null = Bun.env["MINI_ISOLATE_TEST_AS"] === undefined ? null : Number(Bun.env["MINI_ISOLATE_TEST_AS"]);

/** What they are started through. */
export const testedWithin: readonly string[] = Bun.env["MINI_ISOLATE_TEST_WITHIN"] === undefined ? [] : [Bun.env["MINI_ISOLATE_TEST_WITHIN"]];
