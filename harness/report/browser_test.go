package report

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// startBrowser starts one browser for all the pages of a test, or skips the test.
func startBrowser(t *testing.T) context.Context {
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium or Chrome in PATH: the page's scripts are not run")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1400, 1000), chromedp.Flag("force-prefers-reduced-motion", true))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(ctx)
	t.Cleanup(leave)
	require.NoError(t, chromedp.Do(ctx))
	return ctx
}

// tab is a page in a browser.
type tab struct {
	t        *testing.T
	ctx      context.Context
	mu       sync.Mutex
	troubles []string
}

// open shows a report in a browser. What the page reports as an error, and every
// request that is not for the file itself, fails the test at its end.
func open(t *testing.T, browser context.Context, r Report) *tab {
	path := filepath.Join(t.ArtifactDir(), "report.html")
	save(t, path, r)
	ctx, leave := chromedp.NewContext(browser)
	t.Cleanup(leave)
	p := &tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		require.Empty(t, p.troubles)
	})
	address := "file://" + path
	require.NoError(t, chromedp.Listen(ctx, func(event any) { p.listen(event, address) }))
	command(p, network.Enable, network.EnableParams{})
	p.do(chromedp.Navigate(address), chromedp.WaitReady("footer"))
	return p
}

// listen notes what must not happen.
func (p *tab) listen(event any, address string) {
	var trouble string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		trouble = fmt.Sprintf("exception: %+v", e.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		trouble = fmt.Sprintf("console.%s", e.Type)
	case *log.EventEntryAdded:
		trouble = fmt.Sprintf("%s: %s", e.Entry.Level, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if e.Request.URL != address && e.Request.URL != "data:," {
			trouble = "request for " + e.Request.URL
		}
	}
	if trouble != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.troubles = append(p.troubles, trouble)
	}
}

// do runs actions in the page.
func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, actions...))
}

// eval returns the value of an expression in the page.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	require.NoError(p.t, err, expression)
	return value
}

// command sends a command of the protocol.
func command[P, R any](p *tab, c cdp.Command[P, R], params P) {
	p.t.Helper()
	_, err := chromedp.Call(p.ctx, c, params)
	require.NoError(p.t, err)
}

// until waits for a condition in the page.
func (p *tab) until(condition string) {
	p.t.Helper()
	require.Eventually(p.t, func() bool { return eval[bool](p, condition) }, 10*time.Second, 20*time.Millisecond, condition)
}

// picture keeps what the browser shows, for a person to look at.
func (p *tab) picture(name string, a chromedp.Action[[]byte]) {
	p.t.Helper()
	png, err := chromedp.Run(p.ctx, a)
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(filepath.Join(p.t.ArtifactDir(), name), png, 0o644))
}

const rangeText = `document.getElementById("range").textContent`

// inked counts the distinct colours of a canvas, up to 50.
func inked(id string) string {
	return fmt.Sprintf(`(() => {
		const c = document.getElementById(%q), p = c.getContext("2d").getImageData(0, 0, c.width, c.height).data, seen = new Set();
		for (let i = 0; i < p.length && seen.size < 50; i += 4) seen.add(p[i] << 16 | p[i+1] << 8 | p[i+2]);
		return seen.size;
	})()`, id)
}

// centre scrolls to an element and returns where its middle is in the window.
func (p *tab) centre(id string) (x, y float64) {
	p.t.Helper()
	p.do(chromedp.ScrollIntoView("#" + id))
	box := eval[[]float64](p, fmt.Sprintf(`(() => { const b = document.getElementById(%q).getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()`, id))
	return box[0], box[1]
}

// drawn waits until the run is drawn and returns the visible range.
func (p *tab) drawn() string {
	p.t.Helper()
	p.until(rangeText + ` !== ""`)
	return eval[string](p, rangeText)
}

// changed waits until the visible range is another and returns it.
func (p *tab) changed(from string) string {
	p.t.Helper()
	p.until(fmt.Sprintf(`%s !== %q`, rangeText, from))
	return eval[string](p, rangeText)
}

// shows waits for a visible range.
func (p *tab) shows(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`%s === %q`, rangeText, text))
}

func TestThePageInTheBrowser(t *testing.T) {
	browser := startBrowser(t)
	for _, c := range []struct {
		name string
		test func(t *testing.T, browser context.Context)
	}{
		{"draws every sample without an error or a request", drawsEverySample},
		{"zooms and moves by buttons, keys, wheel and dragging", zoomsAndMoves},
		{"leaves the wheel to the page while the drawings are not in use", leavesTheWheelToThePage},
		{"shows the details of an operation to pointer and keyboard", showsDetails},
		{"jumps to the violation", jumpsToTheViolation},
		{"marks a key that does not occur", marksAnUnknownKey},
		{"can be printed in dark mode", printsInDarkMode},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, browser) })
	}
}

func drawsEverySample(t *testing.T, browser context.Context) {
	for name, make := range samples {
		t.Run(name, func(t *testing.T) {
			r := make()
			p := open(t, browser, r)
			if len(r.History.Ops) == 0 {
				require.True(t, eval[bool](p, `document.querySelector("canvas") === null`))
				return
			}
			p.drawn()
			for _, id := range []string{"overview", "ops"} {
				require.Greater(t, eval[int](p, inked(id)), 2, id)
			}
			require.True(t, eval[bool](p, `document.getElementById("trouble").hidden`))
		})
	}
}

func zoomsAndMoves(t *testing.T, browser context.Context) {
	p := open(t, browser, staleRead())
	whole := p.drawn()

	p.do(chromedp.Click("#in"))
	half := p.changed(whole)
	p.do(chromedp.Click("#later"))
	p.changed(half)
	p.do(chromedp.Click("#all"))
	p.shows(whole)

	p.do(chromedp.Focus("#plots"), chromedp.KeyEvent("+"))
	require.Equal(t, half, p.changed(whole))
	p.do(chromedp.KeyEvent(kb.ArrowRight))
	p.changed(half)
	p.do(chromedp.KeyEvent("0"), chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	p.shows(whole)

	x, y := p.centre("ops")
	wheel := input.DispatchMouseEventParams{Type: chromedp.MouseWheel, X: x, Y: y, DeltaX: 0.01, DeltaY: -240, Modifiers: int64(chromedp.ModifierCtrl)}
	command(p, input.DispatchMouseEvent, wheel)
	wheeled := p.changed(whole)
	x, y = p.centre("ops")
	p.do(chromedp.DragAndDropXY(x, y, x+150, y))
	p.changed(wheeled)
}

func leavesTheWheelToThePage(t *testing.T, browser context.Context) {
	p := open(t, browser, staleRead())
	whole := p.drawn()
	x, y := p.centre("ops")
	before := eval[float64](p, "scrollY")
	command(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: chromedp.MouseWheel, X: x, Y: y, DeltaX: 0.01, DeltaY: 240})
	p.until(fmt.Sprintf("scrollY > %f", before))
	p.shows(whole)
}

const tipText = `document.getElementById("tip").textContent`

func showsDetails(t *testing.T, browser context.Context) {
	p := open(t, browser, staleRead())
	whole := p.drawn()
	p.do(chromedp.Click("#in"), chromedp.Click("#in"))
	p.changed(whole)
	x, y := p.centre("ops")
	p.do(chromedp.MouseEvent(chromedp.MouseMoved, x, y))
	p.until(`!document.getElementById("tip").hidden`)
	require.Contains(t, eval[string](p, tipText), "process")

	p.do(chromedp.Focus("#plots"), chromedp.KeyEvent("."))
	first := eval[string](p, tipText)
	p.do(chromedp.KeyEvent("."))
	require.NotEqual(t, first, eval[string](p, tipText))
	p.do(chromedp.KeyEvent(kb.Escape))
	p.until(`document.getElementById("tip").hidden`)
}

func jumpsToTheViolation(t *testing.T, browser context.Context) {
	p := open(t, browser, staleRead())
	p.drawn()
	p.do(chromedp.Click("#jump"))
	p.until(rangeText + `.startsWith("17.1")`)
	require.Equal(t, "k7", eval[string](p, `document.getElementById("key").value`))
	p.do(chromedp.Focus("#plots"), chromedp.KeyEvent(","), chromedp.KeyEvent("."))
	details := eval[string](p, tipText)
	for _, part := range []string{"read → 5713", "the violation", "client 7 · n3", "18.902100 s", "300 µs"} {
		require.Contains(t, details, part)
	}
	p.do(chromedp.ScrollIntoView("#usage"), chromedp.ScrollIntoView("#run"))
	for _, scheme := range []string{"light", "dark"} {
		command(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		p.picture(scheme+".png", chromedp.FullScreenshot(100))
	}
}

func marksAnUnknownKey(t *testing.T, browser context.Context) {
	p := open(t, browser, staleRead())
	p.drawn()
	p.do(chromedp.SendKeys("#key", "nowhere"))
	p.until(`document.getElementById("key").getAttribute("aria-invalid") === "true"`)
}

func printsInDarkMode(t *testing.T, browser context.Context) {
	p := open(t, browser, staleRead())
	p.drawn()
	dark := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}
	command(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: dark})
	p.picture("report.pdf", chromedp.PrintToPDF())
	require.False(t, eval[bool](p, `document.documentElement.classList.contains("paper")`))
}
