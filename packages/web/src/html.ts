/** What a template accepts: text is escaped, `Html` passes through, arrays are joined, "nothing" renders nothing. */
export type HtmlValue = string | number | Html | null | undefined | false | readonly HtmlValue[];

/** Marks markup that a template of this module produced. It cannot be forged by a value that came over the wire. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  /** The markup itself, ready to be sent. */
  toString(): string {
    return this.#markup;
  }

  /**
   * Joins literal parts and values into markup. Called by the `html` tag only.
   * @throws {TypeError} when a value stands in an attribute without quotes, where escaping would not contain it.
   */
  static fromTemplate(literals: readonly string[], values: readonly HtmlValue[]): Html {
    let markup = literals[0] ?? '';
    values.forEach((value, index) => {
      if (UNQUOTED_ATTRIBUTE.test(literals[index] ?? '')) {
        throw new TypeError('A value in an attribute must stand between quotes.');
      }
      markup += render(value) + (literals[index + 1] ?? '');
    });
    return new Html(markup);
  }
}

const UNQUOTED_ATTRIBUTE = /\s[\w:-]+=\s*$/;

/**
 * Template tag for markup. Every value is escaped for text and for quoted attributes alike; markup made by this tag
 * passes through; arrays are joined; `undefined`, `null` and `false` render nothing.
 *
 * Does not judge where a URL leads: an address that somebody else chose goes through `parseLinkTarget` first.
 * @throws {TypeError} when a value stands in an attribute without quotes.
 */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return Html.fromTemplate(literals, values);
}

/** Escapes text for element content and for attributes in either kind of quotes (HTML §13.1.2.3). */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.toString();
  return Array.isArray(value) ? value.map(render).join('') : escapeHtml(String(value));
}
