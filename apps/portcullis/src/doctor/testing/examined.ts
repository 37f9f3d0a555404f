import type { RunResult } from '../../cli/testing/run-program.js';
import type { Check, Status } from '../finding.js';
import type { ReportView } from '../view-report.js';

/** What `--json` printed. */
export function reportOf({ out }: RunResult): ReportView {
  return JSON.parse(out) as ReportView;
}

/** How a check came out, once for each of its findings. */
export function statusesOf(report: ReportView, check: Check): readonly Status[] {
  return report.findings.filter((finding) => finding.check === check).map(({ status }) => status);
}

/** What was said of a check. */
export function messagesOf(report: ReportView, check: Check): string {
  return report.findings
    .filter((finding) => finding.check === check)
    .map(({ message, advice }) => `${message}\n${advice ?? ''}`)
    .join('\n');
}
