/** Markup with the places in it as one text each, without the parts between which they may be broken into lines. */
export function withoutParts(markup: string): string {
  return markup.replaceAll(/<bdi class="place".*?<\/bdi>/g, (place) => place.replaceAll(/<\/?span>/g, ''));
}
