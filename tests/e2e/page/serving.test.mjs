// How the page's files are served: cacheable, compressed, and under a policy that allows no foreign or inline script.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { url } from './server.mjs';

/** One request with exactly these headers (fetch would add and undo an encoding by itself). */
async function get(path, headers = {}) {
  const request = http.get(url + path, { headers, agent: false });
  const [response] = await once(request, 'response');
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

async function assetPaths() {
  const { body } = await get('/');
  return [...body.toString('utf8').matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1]);
}

describe('the page\'s files', () => {
  it('start with a page that is always asked for anew and answered with 304 while it is the same', async () => {
    const page = await get('/');
    assert.equal(page.status, 200);
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(page.headers['cache-control'], 'no-cache');
    assert.match(page.headers.etag, /^(W\/)?"[0-9a-f]{16,}"$/);
    const again = await get('/', { 'If-None-Match': page.headers.etag });
    assert.deepEqual([again.status, again.body.length], [304, 0]);
    assert.equal((await get('/', { 'If-None-Match': '"of-another-build"' })).status, 200);
  });

  it('come under a policy without inline or foreign scripts, and in nobody\'s frame', async () => {
    const policy = (await get('/')).headers['content-security-policy'] ?? '';
    const directives = new Set(policy.split(';').map((directive) => directive.trim()));
    for (const wanted of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
      assert.ok(directives.has(wanted), `${wanted} in: ${policy}`);
    }
    assert.doesNotMatch(policy, /unsafe-|\*|http/);
  });

  it('have names that change with their content, and are kept for good', async () => {
    const paths = await assetPaths();
    assert.ok(paths.some((path) => path.endsWith('.js')) && paths.some((path) => path.endsWith('.css')), paths.join());
    for (const path of paths) {
      const { status, headers } = await get(path);
      assert.equal(status, 200, path);
      assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable', path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
    }
  });

  it('are the same as gzip, which is sent to those who take it only', async () => {
    for (const path of ['/', ...(await assetPaths())]) {
      const identity = await get(path);
      const gzip = await get(path, { 'Accept-Encoding': 'br, gzip' });
      assert.equal(identity.headers['content-encoding'], undefined, path);
      assert.equal(gzip.headers['content-encoding'], 'gzip', path);
      assert.match(gzip.headers.vary ?? '', /accept-encoding/i, path);
      assert.ok(gzip.body.length < identity.body.length, path);
      assert.ok(gunzipSync(gzip.body).equals(identity.body), path);
    }
  });

  it('are these and no others', async () => {
    assert.equal((await get('/assets/index-00000000.js')).status, 404);
    assert.equal((await get('/assets/../index.html.gz')).status, 404);
  });
});
