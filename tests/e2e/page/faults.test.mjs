// Faults on the page, as a tester uses them: apply a scenario, see that it is active, find the mails that failed and read
// what was said. Mails go in over SMTP; nothing is mocked.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { openPage, screenshot, useBrowser } from './browser.mjs';
import { plain } from './mails.mjs';
import { ask } from './server.mjs';
import { send } from './smtp.mjs';

const mailTo = (recipient, subject = 'Order 17') => ({ to: [recipient], raw: plain({ subject, to: recipient }) });
const failedList = (page) => page.getByRole('region', { name: 'Failed mails' });
const banner = (page) => page.getByRole('status', { name: 'Active faults' });

/** Sends a mail that must fail, and answers how. */
async function fail(recipient) {
  try {
    await send(mailTo(recipient));
  } catch (failure) {
    return failure.message;
  }
  throw new assert.AssertionError({ message: `the mail to ${recipient} was taken` });
}

/** The marked lines of the transcript that is shown, without their times. */
async function markedLines(page) {
  const lines = page.getByRole('list', { name: 'Transcript' }).locator('li.injected');
  await lines.first().waitFor();
  return (await lines.allInnerTexts()).map((line) => line.trim().replace(/^\d+ ms +/, ''));
}

describe('faults on the page', () => {
  const withPage = useBrowser();

  it('applies a scenario with its parameters, warns while it is active, and clears it', async () => {
    await withPage({}, async (page) => {
      await openPage(page, '#/faults');
      await page.getByRole('button', { name: /^mailbox-unknown / }).click();
      await page.getByLabel(/^recipient/).fill('*@shop.test');
      await screenshot(page, 'faults-scenario');
      await page.getByRole('button', { name: 'Apply with these' }).click();
      await banner(page).getByText('mailbox-unknown').waitFor();
      assert.match(await fail('order@shop.test'), /550 5\.1\.1 <order@shop\.test>/);
      await page.getByRole('row', { name: 'mailbox-unknown/unknown smtp rcpt active 1' }).waitFor();
      await screenshot(page, 'faults');
      await page.getByRole('button', { name: 'Clear mailbox-unknown' }).click();
      await banner(page).waitFor({ state: 'detached' });
      assert.equal((await send(mailTo('order@shop.test'))).length, 1);
    });
  });

  it('lists a refused mail at once and opens its transcript with the lines of the rule marked', async () => {
    await withPage({}, async (page) => {
      await openPage(page);
      await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
      await ask('POST', '/v1/scenarios/netease-421-hl-icc/apply', {});
      await banner(page).getByText('netease-421-hl-icc').waitFor();
      assert.match(await fail('order@shop.test'), /421 4\.4\.5 HL:ICC/);
      await failedList(page).getByRole('heading', { name: '1 failed mail' }).waitFor();
      await failedList(page).getByRole('link', { name: /order@shop\.test.*Refused at DATA: 421 4\.4\.5 HL:ICC/ }).click();
      const [note, reply, ...others] = await markedLines(page);
      assert.match(note, /^-- rule netease-421-hl-icc\/hl-icc acts at data: /);
      assert.match(reply, /^S: 421 4\.4\.5 HL:ICC \.For more information/);
      assert.deepEqual(others, []);
      await page.getByRole('list', { name: 'Transcript' }).getByText('C: DATA').waitFor();
      await screenshot(page, 'failed-mail');
      await banner(page).getByRole('button', { name: 'Clear all faults' }).click();
      await banner(page).waitFor({ state: 'detached' });
    });
  });

  it('lists mails that were cut off or dropped, and none that were simply taken', async () => {
    await withPage({}, async (page) => {
      await openPage(page);
      const [taken] = await send(mailTo('ann@example.com', 'Taken'));
      await fail('drop-after-dot@fault.test');
      await send(mailTo('drop@fault.test'));
      await failedList(page).getByRole('heading', { name: '2 failed mails' }).waitFor();
      await failedList(page).getByText('Broken off at the end of the data, without a reply').waitFor();
      await page.locator(`#row-${taken}`).waitFor();
      await page.getByRole('region', { name: 'Messages' }).getByText('dropped').waitFor();
      await failedList(page).getByRole('link', { name: /Taken with 250, and dropped/ }).click();
      assert.deepEqual(await markedLines(page), ['delivery  -- rule magic/drop acts: dropped, <drop@fault.test>']);
      await page.keyboard.press('Escape');
      await page.getByText('Choose a message to read it.').waitFor();
    });
  });

  it('lists a mail that was stored though its reply was lost among those that failed, for its sender', async () => {
    await withPage({}, async (page) => {
      await openPage(page);
      await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
      await fail('lost-reply@fault.test');
      await page.getByRole('region', { name: 'Messages' }).getByRole('link').waitFor();
      await failedList(page).getByRole('link', { name: /lost-reply@fault\.test.*Stored, but no reply was sent/ }).click();
      const lines = await markedLines(page);
      assert.equal(lines.length, 1);
      assert.match(lines[0], /^-- rule magic\/lost-reply acts at end_of_data: close fin_drain, stored/);
    });
  });

  it('clears failed mails, by themselves and with all messages, and shows what fails after that', async () => {
    await withPage({}, async (page) => {
      await openPage(page);
      await fail('550@fault.test');
      await failedList(page).waitFor();
      await page.getByRole('button', { name: 'Clear failed mails' }).click();
      await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
      await fail('551@fault.test');
      await send(mailTo('ann@example.com'));
      await failedList(page).getByRole('heading', { name: '1 failed mail' }).waitFor();
      await page.getByRole('button', { name: 'Delete all' }).click();
      await page.getByRole('dialog').getByText('The list of 1 failed mail is cleared too.').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete all' }).click();
      await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
    });
  });

  it('opens a failed mail by its address, and says so when there is none of that id', async () => {
    await withPage({ colorScheme: 'dark' }, async (page, { complaints }) => {
      await fail('reset@fault.test');
      const { attempts: [attempt] } = await ask('GET', '/v1/attempts');
      await openPage(page, `#/attempts/${attempt.id}`);
      await page.getByRole('heading', { name: 'Broken off at RCPT, without a reply' }).waitFor();
      await page.getByRole('article', { name: 'Failed mail' }).getByText('reset@fault.test').first().waitFor();
      assert.match((await markedLines(page))[0], /^-- rule magic\/reset acts at rcpt: close reset/);
      await screenshot(page, 'failed-mail-dark');
      await page.goto('about:blank');
      await openPage(page, '#/attempts/0000000000000000000000');
      await page.getByRole('alert').waitFor();
      assert.match(complaints.splice(0).join('\n'), /404/);
    });
  });

  it('shows a failed mail in one pane on a narrow screen', async () => {
    await withPage({ viewport: { width: 390, height: 780 } }, async (page) => {
      await ask('POST', '/v1/scenarios/mailbox-unknown/apply', { params: { recipient: '*@shop.test' } });
      await openPage(page);
      await fail('order@shop.test');
      await send(mailTo('ann@example.com'));
      await failedList(page).waitFor();
      await screenshot(page, 'failed-narrow');
      await failedList(page).getByRole('link').click();
      await markedLines(page);
      assert.equal(await failedList(page).isVisible(), false);
      await screenshot(page, 'failed-mail-narrow');
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${overflow} pixels too wide`);
      await page.getByRole('button', { name: 'Back' }).click();
      await failedList(page).waitFor();
    });
  });
});
