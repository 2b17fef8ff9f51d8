import { departments, firstNames, ladders, lastNames } from './hr-names.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';

export type SampleValue = string | number;

export interface SampleTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SampleValue[])[];
}

/** What stands in `to_date` of a row that still holds. */
export const openEndedDate = '9999-01-01';

const seed = 20_260_701;
const employeeCount = 1_000;
const firstEmployeeNumber = 10_001;

interface Employment {
  readonly employeeNumber: number;
  readonly hiredOn: number;
  /** Null for those who still work here. */
  readonly leftOn: number | null;
}

/** Days since 1970, so that sums of dates need no time zone. */
function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000;
}

function dateOf(day: number | null): string {
  return day === null ? openEndedDate : new Date(day * 86_400_000).toISOString().slice(0, 10);
}

/** The sample ends on this day; nothing in it depends on the clock of the machine. */
const today = dayOf('2026-07-01');

function makeEmployees(random: SeededRandom): { table: SampleTable; employments: Employment[] } {
  const employments: Employment[] = [];
  const rows: SampleValue[][] = [];
  for (let index = 0; index < employeeCount; index += 1) {
    const employeeNumber = firstEmployeeNumber + index;
    const hiredOn = random.between(dayOf('2008-01-07'), today - 30);
    const bornOn = hiredOn - random.between(19 * 365, 52 * 365);
    const tenure = today - hiredOn;
    const leftOn = tenure > 400 && random.chance(0.18) ? hiredOn + random.between(200, tenure - 1) : null;
    const gender = random.pick(['F', 'F', 'F', 'F', 'M', 'M', 'M', 'M', 'X']);
    rows.push([
      employeeNumber,
      dateOf(bornOn),
      random.pick(firstNames),
      random.pick(lastNames),
      gender,
      dateOf(hiredOn),
    ]);
    employments.push({ employeeNumber, hiredOn, leftOn });
  }
  const columns = ['emp_no', 'birth_date', 'first_name', 'last_name', 'gender', 'hire_date'];
  return { table: { name: 'employee', columns, rows }, employments };
}

/** Cuts an employment at the given days into periods that touch each other. */
function periods(employment: Employment, cuts: readonly number[]): [number, number | null][] {
  const end = employment.leftOn ?? today;
  const starts = [employment.hiredOn, ...cuts.filter((day) => day > employment.hiredOn && day < end)];
  return starts.map((start, index) => [start, starts[index + 1] ?? employment.leftOn]);
}

function makeDepartmentHistory(random: SeededRandom, employments: readonly Employment[]): SampleTable {
  const numbers = departments.map(([number]) => number);
  const rows = employments.flatMap((employment) => {
    const first = random.pick(numbers);
    const second = random.pick(numbers.filter((number) => number !== first));
    const moves = random.chance(0.15) ? [employment.hiredOn + random.between(180, 2_500)] : [];
    return periods(employment, moves).map(([from, to], index) => [
      employment.employeeNumber,
      index === 0 ? first : second,
      dateOf(from),
      dateOf(to),
    ]);
  });
  return { name: 'dept_emp', columns: ['emp_no', 'dept_no', 'from_date', 'to_date'], rows };
}

function makeManagers(random: SeededRandom, employments: readonly Employment[]): SampleTable {
  const veterans = employments.filter(({ hiredOn, leftOn }) => leftOn === null && hiredOn < dayOf('2014-01-01'));
  const rows = departments.flatMap(([number], index) => {
    const former = veterans[index * 2];
    const present = veterans[index * 2 + 1];
    if (former === undefined || present === undefined) throw new Error('the sample has too few veterans');
    const change = random.between(dayOf('2016-01-01'), dayOf('2023-12-31'));
    return [
      [number, former.employeeNumber, '2014-01-01', dateOf(change)],
      [number, present.employeeNumber, dateOf(change), openEndedDate],
    ];
  });
  return { name: 'dept_manager', columns: ['dept_no', 'emp_no', 'from_date', 'to_date'], rows };
}

function makeSalaries(random: SeededRandom, employments: readonly Employment[]): SampleTable {
  const rows = employments.flatMap((employment) => {
    const raises = Array.from({ length: 20 }, (_, year) => employment.hiredOn + (year + 1) * 365);
    let amount = random.between(38_000, 72_000);
    return periods(employment, raises).map(([from, to]) => {
      const row = [employment.employeeNumber, amount, dateOf(from), dateOf(to)];
      amount += random.between(-400, 4_800);
      return row;
    });
  });
  return { name: 'salary', columns: ['emp_no', 'amount', 'from_date', 'to_date'], rows };
}

function makeTitles(random: SeededRandom, employments: readonly Employment[]): SampleTable {
  const rows = employments.flatMap((employment) => {
    const ladder = random.pick(ladders);
    let day = employment.hiredOn;
    const promotions = ladder.slice(1).map(() => {
      day += random.between(700, 2_400);
      return day;
    });
    return periods(employment, promotions).map(([from, to], step) => {
      const title = ladder[step];
      if (title === undefined) throw new Error('a career is longer than its ladder');
      return [employment.employeeNumber, title, dateOf(from), dateOf(to)];
    });
  });
  return { name: 'title', columns: ['emp_no', 'title', 'from_date', 'to_date'], rows };
}

/**
 * The HR sample: six tables in an order in which foreign keys are satisfied. Deterministic: the same rows in
 * every call, on every machine.
 */
export function makeHrSample(): readonly SampleTable[] {
  const random = seededRandom(seed);
  const { table: employee, employments } = makeEmployees(random);
  const department: SampleTable = { name: 'department', columns: ['dept_no', 'dept_name'], rows: departments };
  return [
    employee,
    department,
    makeDepartmentHistory(random, employments),
    makeManagers(random, employments),
    makeSalaries(random, employments),
    makeTitles(random, employments),
  ];
}
