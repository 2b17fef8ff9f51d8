export type SampleFamily = 'postgres' | 'mysql';

export interface HrSchema {
  /** One statement each, in the order of the tables of `makeHrSample`. */
  readonly tables: readonly string[];
  /** One statement each, to run after the rows are in. */
  readonly views: readonly string[];
}

const tables = [
  `CREATE TABLE employee (
  emp_no integer NOT NULL PRIMARY KEY,
  birth_date date NOT NULL,
  first_name varchar(14) NOT NULL,
  last_name varchar(16) NOT NULL,
  gender char(1) NOT NULL CHECK (gender IN ('F', 'M', 'X')),
  hire_date date NOT NULL
)`,
  `CREATE TABLE department (
  dept_no char(4) NOT NULL PRIMARY KEY,
  dept_name varchar(40) NOT NULL UNIQUE
)`,
  `CREATE TABLE dept_emp (
  emp_no integer NOT NULL,
  dept_no char(4) NOT NULL,
  from_date date NOT NULL,
  to_date date NOT NULL,
  PRIMARY KEY (emp_no, dept_no),
  CONSTRAINT dept_emp_employee FOREIGN KEY (emp_no) REFERENCES employee (emp_no),
  CONSTRAINT dept_emp_department FOREIGN KEY (dept_no) REFERENCES department (dept_no)
)`,
  `CREATE TABLE dept_manager (
  dept_no char(4) NOT NULL,
  emp_no integer NOT NULL,
  from_date date NOT NULL,
  to_date date NOT NULL,
  PRIMARY KEY (emp_no, dept_no),
  CONSTRAINT dept_manager_employee FOREIGN KEY (emp_no) REFERENCES employee (emp_no),
  CONSTRAINT dept_manager_department FOREIGN KEY (dept_no) REFERENCES department (dept_no)
)`,
  `CREATE TABLE salary (
  emp_no integer NOT NULL,
  amount integer NOT NULL,
  from_date date NOT NULL,
  to_date date NOT NULL,
  PRIMARY KEY (emp_no, from_date),
  CONSTRAINT salary_employee FOREIGN KEY (emp_no) REFERENCES employee (emp_no)
)`,
  `CREATE TABLE title (
  emp_no integer NOT NULL,
  title varchar(50) NOT NULL,
  from_date date NOT NULL,
  to_date date NOT NULL,
  PRIMARY KEY (emp_no, title, from_date),
  CONSTRAINT title_employee FOREIGN KEY (emp_no) REFERENCES employee (emp_no)
)`,
] as const;

const views = [
  `CREATE VIEW dept_emp_latest_date AS
SELECT emp_no, max(from_date) AS from_date, max(to_date) AS to_date
FROM dept_emp
GROUP BY emp_no`,
  `CREATE VIEW current_dept_emp AS
SELECT held.emp_no, held.dept_no, latest.from_date, latest.to_date
FROM dept_emp held
JOIN dept_emp_latest_date latest
  ON latest.emp_no = held.emp_no AND latest.from_date = held.from_date AND latest.to_date = held.to_date`,
] as const;

/** The statements that make the sample's tables and views; MySQL and MariaDB are told engine and character set. */
export function hrSchema(family: SampleFamily): HrSchema {
  if (family === 'postgres') return { tables, views };
  return { tables: tables.map((table) => `${table} ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4`), views };
}
