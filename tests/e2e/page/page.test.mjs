// The page in a real browser against a real mailrig: what a person sees and does. Mails go in over SMTP; nothing is mocked.
// The tests of this file run one after the other and empty the server before each.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

import { openPage, screenshot, useBrowser } from './browser.mjs';
import { attachment, plain, png, withInlineImage } from './mails.mjs';
import { smtp, url } from './server.mjs';
import { send } from './smtp.mjs';

const ann = ['ann@example.com'];
const teal = [15, 118, 110];
const row = (page, id) => page.locator(`#row-${id}`);
const tab = (page, name) => page.getByRole('tab', { name });
const side = (page) => page.getByRole('tabpanel');
const focusedRow = (page) => page.evaluate(() => document.activeElement?.id ?? '');

/** Presses a key and waits until that row has the focus. */
async function pressUntilFocused(page, key, id) {
  await page.keyboard.press(key);
  await page.locator(`#row-${id}:focus`).waitFor();
}

/** Playwright looks into a frame by scripts of its own, and Chromium reports that the sandbox stops some of them. */
function dropOwnScripts(complaints) {
  const others = complaints.filter((text) => !/^Blocked script execution in '[^']*\/html'/.test(text));
  complaints.splice(0, complaints.length, ...others);
}

/** Somebody's web site, outside mailrig; answers every path and remembers what it was asked for. */
async function startSite() {
  const asked = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url);
    response.setHeader('Content-Type', 'text/html');
    response.end('<title>closed</title><script>document.title = "Shop, with scripts"</script>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, asked, close };
}

describe('the page', () => {
  const withPage = useBrowser();

  it('tells an empty rig\'s address, and the command that it shows sends a mail which appears by itself', async () => {
    await withPage({}, async (page) => {
      await openPage(page);
      await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
      await page.getByText(`:${smtp.port}`).first().waitFor();
      await screenshot(page, 'empty');
      const command = await page.locator('code', { hasText: 'curl' }).innerText();
      await promisify(execFile)('sh', ['-c', command]);
      await page.getByRole('link', { name: 'Hello' }).click();
      await side(page).getByText('It works.').waitFor();
    });
  });

  it('shows arriving mail at once, newest first, with sender, subject, recipient and size', async () => {
    await withPage({}, async (page) => {
      await openPage(page);
      const [first] = await send({ to: ann, raw: plain({ subject: 'First' }) });
      await row(page, first).waitFor();
      const [second] = await send({ to: ann, raw: plain({ subject: '第二封 ✓', from: '"Wang, Li" <li@example.cn>' }) });
      await row(page, second).waitFor();
      const rows = await page.locator('[data-message]').evaluateAll((found) => found.map((one) => one.id));
      assert.deepEqual(rows, [`row-${second}`, `row-${first}`]);
      const text = await row(page, second).innerText();
      for (const part of ['Wang, Li', '第二封 ✓', 'Ann', ' B']) assert.ok(text.includes(part), `${part} in ${text}`);
      await page.getByText('2 messages').waitFor();
    });
  });

  it('is worked from the keyboard: move, open, next, back, delete', async () => {
    await withPage({}, async (page) => {
      const text = ['Confirm at https://shop.example/confirm?token=1&x=2.', '<b>not markup</b>', '.', '..two dots'];
      const mails = ['Oldest', 'Middle', 'Newest'].map((subject) => ({ to: ann, raw: plain({ subject, text }) }));
      const [oldest, middle, newest] = await send(...mails);
      await openPage(page);
      await row(page, oldest).waitFor();
      await pressUntilFocused(page, 'j', newest);
      await pressUntilFocused(page, 'ArrowDown', middle);
      await pressUntilFocused(page, 'j', oldest);
      await pressUntilFocused(page, 'k', middle);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Middle' }).waitFor();
      assert.equal(new URL(page.url()).hash, `#/messages/${middle}`);
      assert.equal(await page.title(), 'Middle · mailrig');
      const shown = (await side(page).locator('pre').textContent()).replace(/\r\n/g, '\n');
      assert.equal(shown.trimEnd(), text.join('\n'));
      const link = side(page).getByRole('link');
      assert.equal(await link.getAttribute('href'), 'https://shop.example/confirm?token=1&x=2');
      await page.keyboard.press('j');
      await page.getByRole('heading', { name: 'Oldest' }).waitFor();
      await pressUntilFocused(page, 'Escape', oldest);
      assert.equal(new URL(page.url()).hash, '#/');
      await page.keyboard.press('#');
      await row(page, oldest).waitFor({ state: 'detached' });
      await page.locator(`#row-${middle}:focus`).waitFor();
      await page.keyboard.press('Delete');
      await row(page, middle).waitFor({ state: 'detached' });
      await page.locator(`#row-${newest}:focus`).waitFor();
      await page.getByText('1 message', { exact: true }).waitFor();
    });
  });

  it('shows HTML in a sandbox with its inline image, and its links open in a new tab', async () => {
    const site = await startSite();
    const html = `<h1>Thank you</h1><p><img alt="logo" src="cid:logo@shop.example"></p><a href="${site.url}/order">Your order</a>`;
    try {
      await withPage({}, async (page, { context, complaints }) => {
        await openPage(page);
        const [id] = await send({ to: ann, raw: withInlineImage({ subject: 'Order 7', html, image: png(160, 48, teal) }) });
        await row(page, id).click();
        const frame = page.frameLocator('iframe');
        await frame.getByRole('heading', { name: 'Thank you' }).waitFor();
        const image = frame.getByAltText('logo');
        await image.evaluate((element) => element.decode());
        assert.equal(await image.evaluate((element) => element.naturalWidth), 160);
        await screenshot(page, 'html');
        const [opened] = await Promise.all([context.waitForEvent('page'), frame.getByRole('link').click()]);
        await opened.waitForFunction(() => document.title === 'Shop, with scripts');
        assert.equal(opened.url(), `${site.url}/order`);
        assert.equal(new URL(page.url()).hash, `#/messages/${id}`);
        dropOwnScripts(complaints);
      });
    } finally {
      await site.close();
    }
  });

  it('lets hostile HTML run nothing, load nothing remote and reach nothing around it', async () => {
    const site = await startSite();
    const html = `<p>Read me</p><script>parent.document.title = 'owned'; fetch('${site.url}/script')</script>
      <img alt="broken" src="x" onerror="top.location = '${site.url}/moved'"><img src="${site.url}/tracking.png">
      <iframe src="${site.url}/frame"></iframe><link rel="stylesheet" href="${site.url}/style.css">
      <form action="${site.url}/form"><button>Send</button></form>`.replace(/\n/g, '\r\n');
    try {
      await withPage({}, async (page, { complaints }) => {
        const [id] = await send({ to: ann, raw: withInlineImage({ subject: 'Hostile', html, image: png(1, 1, teal) }) });
        const framed = page.waitForResponse((response) => response.url().endsWith('/html'));
        await openPage(page, `#/messages/${id}`);
        await (await framed).finished();
        const mail = page.frames().find((one) => one.url().endsWith('/html'));
        await mail.waitForLoadState('load');
        const refusedForm = page.waitForEvent('console', (message) => /form/i.test(message.text()));
        await page.frameLocator('iframe[title]').getByRole('button').click();
        await refusedForm;
        assert.deepEqual(site.asked, []);
        assert.equal(await page.title(), 'Hostile · mailrig');
        assert.equal(new URL(page.url()).origin, url);
        complaints.splice(0); // What the browser refused, it says here: the point of this test.
      });
    } finally {
      await site.close();
    }
  });

  it('shows source and headers as sent, and hands out attachments as they were', async () => {
    const raw = withInlineImage({ subject: 'Bericht für Ann', html: '<p>.\r\n..</p>', image: png(8, 8, teal) });
    await withPage({}, async (page) => {
      const [id] = await send({ to: [...ann, 'hidden@example.com'], raw });
      await openPage(page, `#/messages/${id}`);
      await page.getByRole('article').getByText('hidden@example.com').waitFor();
      await tab(page, 'Source').click();
      await side(page).locator('pre').waitFor();
      assert.equal(await side(page).locator('pre').evaluate((pre) => pre.textContent), raw);
      assert.equal(new URL(page.url()).hash, `#/messages/${id}/source`);
      await tab(page, 'Source').press('ArrowRight');
      await page.getByRole('row', { name: 'Subject Bericht für Ann' }).waitFor();
      await tab(page, 'Headers').press('ArrowRight');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: `Download ${attachment.name}` }).click(),
      ]);
      assert.equal(download.suggestedFilename(), attachment.name);
      assert.equal(await readFile(await download.path(), 'utf8'), attachment.content);
      const preview = page.getByAltText('Preview of logo.png');
      await preview.evaluate((image) => image.decode());
      assert.equal(await preview.evaluate((image) => image.naturalWidth), 8);
      await screenshot(page, 'attachments');
    });
  });

  it('deletes the opened mail, and everything only after it was confirmed', async () => {
    await withPage({}, async (page) => {
      const [kept, opened] = await send(...['Kept', 'Opened'].map((subject) => ({ to: ann, raw: plain({ subject }) })));
      await openPage(page, `#/messages/${opened}`);
      await page.getByRole('heading', { name: 'Opened' }).waitFor();
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await row(page, opened).waitFor({ state: 'detached' });
      await page.locator(`#row-${kept}:focus`).waitFor();
      assert.equal((await fetch(`${url}/v1/messages/${opened}`)).status, 404);
      await page.getByRole('button', { name: 'Delete all' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      assert.equal((await fetch(`${url}/v1/messages/${kept}`)).status, 200);
      await page.getByRole('button', { name: 'Delete all' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete all' }).click();
      await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
      assert.equal((await fetch(`${url}/v1/messages/${kept}`)).status, 404);
    });
  });

  it('says so when the opened mail is deleted elsewhere, and when a mail\'s URL leads nowhere', async () => {
    await withPage({}, async (page, { complaints }) => {
      const [id] = await send({ to: ann, raw: plain({ subject: 'Soon gone' }) });
      await openPage(page, `#/messages/${id}`);
      await page.getByRole('heading', { name: 'Soon gone' }).waitFor();
      await fetch(`${url}/v1/messages/${id}`, { method: 'DELETE' });
      await page.getByText('This message was deleted meanwhile').waitFor();
      await page.reload();
      await page.getByRole('alert').waitFor();
      assert.match(complaints.splice(0).join('\n'), /404/);
    });
  });

  it('reconnects when the events break off, and fetches what arrived meanwhile', async () => {
    await withPage({}, async (page, { complaints }) => {
      await page.route('**/v1/events', (request) => request.abort());
      await page.goto(url);
      await page.getByText('Reconnecting…').waitFor();
      await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
      const [id] = await send({ to: ann, raw: plain({ subject: 'Meanwhile' }) });
      assert.equal(await row(page, id).count(), 0);
      await page.unroute('**/v1/events');
      await row(page, id).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
      complaints.splice(0); // The browser's own lines about the requests that this test broke off.
    });
  });

  it('keeps its list bounded and pages to the oldest mail and back', async () => {
    const count = 620;
    const mails = Array.from({ length: count }, (_, i) => ({ to: ann, raw: plain({ subject: `Mail ${i + 1}` }) }));
    await withPage({}, async (page) => {
      const ids = await send(...mails);
      await openPage(page);
      const rows = page.locator('[data-message]');
      const older = page.getByRole('button', { name: 'Load older messages' });
      await page.getByText(`${count} messages`).waitFor();
      while (await older.isVisible()) {
        const last = await rows.last().getAttribute('id');
        await older.click();
        await page.waitForFunction((id) => [...document.querySelectorAll('[data-message]')].at(-1).id !== id, last);
        assert.ok((await rows.count()) <= 500);
      }
      await row(page, ids[0]).waitFor();
      assert.equal(await row(page, ids.at(-1)).count(), 0);
      await send({ to: ann, raw: plain({ subject: 'While away' }) });
      await page.getByRole('button', { name: '1 new message: back to the newest' }).click();
      await page.getByRole('link', { name: 'While away' }).waitFor();
      assert.ok((await rows.count()) <= 500);
    });
  });

  for (const [scheme, isRight] of [['light', (sum) => sum > 600], ['dark', (sum) => sum < 150]]) {
    it(`follows the ${scheme} colour scheme`, async () => {
      await withPage({ colorScheme: scheme }, async (page) => {
        const [id] = await send(
          { to: ann, raw: plain({ subject: 'Password reset', from: 'Shop <no-reply@shop.example>' }) },
          { to: ann, raw: withInlineImage({ subject: 'Your invoice', html: '<p>Hi</p>', image: png(8, 8, teal) }) },
        );
        await openPage(page, `#/messages/${id}`);
        await page.getByRole('heading', { name: 'Password reset' }).waitFor();
        const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const sum = colour.match(/\d+/g).slice(0, 3).reduce((total, part) => total + Number(part), 0);
        assert.ok(isRight(sum), `${colour} in the ${scheme} scheme`);
        await screenshot(page, scheme);
      });
    });
  }

  it('shows one pane at a time on a narrow screen', async () => {
    await withPage({ viewport: { width: 390, height: 780 } }, async (page) => {
      const [id] = await send({ to: ann, raw: plain({ subject: 'On a phone' }) });
      await openPage(page);
      await row(page, id).click();
      await page.getByRole('heading', { name: 'On a phone' }).waitFor();
      assert.equal(await row(page, id).isVisible(), false);
      await screenshot(page, 'narrow');
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${overflow} pixels too wide`);
      await page.getByRole('button', { name: 'Back' }).click();
      await row(page, id).waitFor();
      assert.equal(await focusedRow(page), `row-${id}`);
    });
  });
});
