// The mails that test_page_clients.py has sent with JavaMail, found on the page and opened as a person does it.
// MAILRIG_PAGE_MAILS names a JSON file: { mails: [{ id, subject, sender, text, heading, attachment }], picture_size }.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { openPage, screenshot, useBrowser } from './page/browser.mjs';

const { mails, picture_size: pictureSize } = JSON.parse(readFileSync(process.env.MAILRIG_PAGE_MAILS, 'utf8'));

/** Playwright looks into a frame by scripts of its own, and Chromium reports that the sandbox stops some of them. */
function dropOwnScripts(complaints) {
  const others = complaints.filter((text) => !/^Blocked script execution in '[^']*\/html'/.test(text));
  complaints.splice(0, complaints.length, ...others);
}

async function open(page, mail) {
  await page.getByRole('link', { name: mail.subject }).click();
  await page.getByRole('heading', { name: mail.subject }).waitFor();
  assert.ok(page.url().includes(mail.id), `${page.url()} names ${mail.id}`);
  await page.getByRole('article').getByText(mail.sender).waitFor();
}

async function assertText(page, text) {
  const side = page.getByRole('tabpanel');
  await side.getByText(text.split('\n')[0]).waitFor();
  assert.ok((await side.innerText()).includes(text.trim()), `the text of the mail in: ${await side.innerText()}`);
}

async function assertPicture(page, heading) {
  const frame = page.frameLocator('iframe');
  await frame.getByRole('heading', { name: heading }).waitFor();
  const picture = frame.locator('img');
  await picture.evaluate((element) => element.decode());
  assert.deepEqual(await picture.evaluate((element) => [element.naturalWidth, element.naturalHeight]), pictureSize);
  assert.ok(await picture.isVisible());
}

async function assertOnlyAttachment(page, name) {
  await page.getByRole('tab', { name: 'Attachments' }).click();
  const attachments = page.getByRole('region', { name: 'Attachments' });
  await attachments.getByText(name).waitFor();
  assert.equal(await attachments.getByRole('listitem').count(), 1);
}

describe('a mail by JavaMail', () => {
  const withPage = useBrowser({ keepsMails: true });

  for (const mail of mails) {
    it(`is found on the page and shown: ${mail.subject}`, async () => {
      await withPage({}, async (page, { complaints }) => {
        await openPage(page);
        await open(page, mail);
        if (mail.text !== null) await assertText(page, mail.text);
        if (mail.heading !== null) await assertPicture(page, mail.heading);
        await screenshot(page, mail.heading === null ? 'javamail-text' : 'javamail-composite');
        if (mail.attachment !== null) await assertOnlyAttachment(page, mail.attachment);
        dropOwnScripts(complaints);
      });
    });
  }
});
