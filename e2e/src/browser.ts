import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const chromiumPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const pictures = join(import.meta.dirname, '../../docs/screenshots');

export type Screen = 'desktop' | 'phone';
export type Theme = 'light' | 'dark';

const sizes: Readonly<Record<Screen, { width: number; height: number }>> = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 360, height: 740 },
};

/** A missing browser is an error with the command that installs it. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? chromiumPaths.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error(
      'No Chromium was found. Install it: apt-get install chromium (Debian), or set CHROMIUM to its path.',
    );
  }
  return await chromium.launch({
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** One person at one screen: cookies of his own, errors of the page collected. */
export class Visitor {
  readonly page: Page;
  /** Where he came in. */
  readonly screen: Screen;
  /** Uncaught errors and console errors; a journey ends with none. */
  readonly faults: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page, screen: Screen) {
    this.#context = context;
    this.page = page;
    this.screen = screen;
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('console', (message) => {
      // The browser reports refused API calls itself; those are the server's answers, not faults of the page.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.faults.push(message.text());
      }
    });
  }

  static async enter(
    browser: Browser,
    url: string,
    screen: Screen = 'desktop',
    theme: Theme = 'light',
  ): Promise<Visitor> {
    const context = await browser.newContext({
      baseURL: url,
      viewport: sizes[screen],
      colorScheme: theme,
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    context.setDefaultTimeout(15_000);
    return new Visitor(context, await context.newPage(), screen);
  }

  /** The same person (cookies) at another screen. */
  async also(browser: Browser, url: string, screen: Screen, theme: Theme): Promise<Visitor> {
    const other = await Visitor.enter(browser, url, screen, theme);
    await other.#context.addCookies(await this.#context.cookies());
    return other;
  }

  async resize(screen: Screen): Promise<void> {
    await this.page.setViewportSize(sizes[screen]);
  }

  /** Serious and critical findings of axe, each as a line. */
  async axe(): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    return violations
      .filter((finding) => finding.impact === 'serious' || finding.impact === 'critical')
      .map((finding) => `${finding.id}: ${finding.nodes.map((node) => node.target.join(' ')).join(' | ')}`);
  }

  /** A picture for the README; only written when asked for, so that a test run leaves the tree as it was. */
  async picture(name: string): Promise<void> {
    if (process.env['TIDEGATE_PICTURES'] === undefined) return;
    const path = join(pictures, `${name}.png`);
    await mkdir(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
  }

  async leave(): Promise<void> {
    await this.#context.close();
  }
}
