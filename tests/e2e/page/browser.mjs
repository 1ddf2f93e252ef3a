// One headless Chromium for a test file, a fresh context for each test, and a list of everything that went wrong in it:
// a test that leaves a console error, an uncaught exception or a Content-Security-Policy violation behind fails.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';

import { chromium } from 'playwright-core';

import { emptyRig, url } from './server.mjs';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

async function launch() {
  if (!existsSync(executablePath)) {
    throw new Error(`There is no Chromium at ${executablePath}; install it, or name another with CHROMIUM`);
  }
  return chromium.launch({ executablePath, args: flags });
}

/**
 * Call in a describe: one browser for its tests, and before each an empty rig unless the mails are to stay; answers
 * withPage() for that browser.
 */
export function useBrowser({ keepsMails = false } = {}) {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
  });
  if (!keepsMails) beforeEach(emptyRig);
  return (options, body) => withPage(browser, options, body);
}

/** Runs `body` with a page in a context of its own, then asserts that nothing was complained about. */
async function withPage(browser, options, body) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true, ...options });
  const complaints = [];
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  try {
    const page = await context.newPage();
    await body(page, { context, complaints });
  } finally {
    await context.close();
  }
  assert.deepEqual(complaints, [], 'the browser complained');
}

export async function openPage(page, hash = '') {
  await page.goto(`${url}/${hash}`);
  await page.getByText('Live', { exact: true }).waitFor();
}

/** Keeps a picture where the runner asked for artefacts. */
export async function screenshot(page, name) {
  const directory = process.env.MAILRIG_ARTEFACTS;
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}
