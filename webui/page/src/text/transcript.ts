// The lines of a transcript, as /v1/sessions/{id}/transcript.txt has them: "   12 ms  S: 250 Ok".

export interface TranscriptLine {
  text: string;
  /** What a rule said or did. */
  injected: boolean;
}

const said = /^\s*\S+ \S+ {2}(C:|S:|--) ?(.*)$/;

/** A note names a rule that acts; what the server says from there until the client speaks comes of it. */
export function markInjected(transcript: string): TranscriptLine[] {
  let byRule = false;
  return transcript
    .trimEnd()
    .split('\n')
    .map((text) => {
      const [, who, what = ''] = said.exec(text) ?? [];
      if (who === 'C:') byRule = false;
      if (who === '--') byRule = /^rule \S+ acts\b/.test(what);
      return { text, injected: byRule && (who === '--' || who === 'S:') };
    });
}
