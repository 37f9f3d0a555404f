import type { DevicePage } from '@portcullis/ports';
import { displayText } from '@portcullis/protocol';
import { hiddenFields } from './form-fields.js';
import { html } from './html.js';
import { type PageOptions, renderDocument } from './layout.js';

/**
 * Asks for the code that a device shows. A code that came with a link stands in the field, for the person to look at: the
 * focus is not in it then, so that the words before it are read first. After a refused try the problem is announced, the field
 * points at it, and the focus is there again.
 */
export function renderDevicePage(page: DevicePage, options: PageOptions): string {
  const problem = page.problem === undefined ? undefined : displayText(page.problem, 300);
  const isByLink = page.userCode !== '' && problem === undefined;
  const describedBy = problem === undefined ? 'code-hint' : 'problem code-hint';
  return renderDocument(
    {
      title: problem === undefined ? 'Connect a device' : 'Not the right code',
      gate: 'shut',
      main: html`<h1>Connect a device</h1>
<p class="lead">${isByLink ? 'Is this the code that your device shows?' : 'Type in the code that your device shows.'}</p>
${problem === undefined ? undefined : html`<p class="notice bad" role="alert" id="problem">${problem}</p>`}
<form method="post" action="${page.form.action}">
${hiddenFields(page.form)}
<div class="field">
<label for="user-code">Code</label>
<input class="code" id="user-code" name="user_code" type="text" value="${page.userCode}" inputmode="text" autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false" maxlength="64" required aria-describedby="${describedBy}"${problem === undefined ? undefined : html` aria-invalid="true"`}${isByLink ? undefined : html` autofocus`}>
<p class="hint" id="code-hint">Eight letters. Capitals and the dash do not matter.</p>
</div>
<p class="notice warn"><strong>Go on only with a device that is yours, and that shows this code now.</strong>
Whoever sends you a code, or a link with one, wants to be let in as you.</p>
<div class="actions"><button type="submit" class="primary">Continue</button></div>
</form>`,
    },
    options,
  );
}
