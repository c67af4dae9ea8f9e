package report

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"senkei/history"
)

func TestTheTraceInTheBrowser(t *testing.T) {
	browser := startBrowser(t)
	for _, c := range []struct {
		name string
		test func(t *testing.T, browser context.Context)
	}{
		{"draws an arrow for each message, and a cross for each that was lost", drawsEveryArrow},
		{"opens at the violation, zooms and moves", opensAtTheViolation},
		{"shows what is under the pointer", showsWhatIsUnderThePointer},
		{"walks along the life of a node", walksAlongALife},
		{"hides what the reader does not want to see", hidesFamilies},
		{"finds a text in the diagram and in the list", findsATextInTheTrace},
		{"shows a line of the list in the diagram", showsALineInTheDiagram},
		{"stays quick with a hundred thousand messages", staysQuick},
		{"needs no operations", needsNoOperations},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, browser) })
	}
}

const (
	traceRange = `document.getElementById("trace-range").textContent`
	traceSays  = `document.getElementById("lamport").getAttribute("aria-label")`
)

// What the style sheet selects too is given as chromedp.CSS: a plain string would be found
// in its text.

// openTrace shows a report and waits for its diagram.
func openTrace(t *testing.T, browser context.Context, r Report) *tab {
	t.Helper()
	p := open(t, browser, r)
	p.until(traceRange + ` !== ""`)
	return p
}

// says waits for what the diagram says of itself.
func (p *tab) says(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`%s.includes(%q)`, traceSays, text))
}

// pointed moves the pointer over all of the diagram and returns the titles of what it met.
func (p *tab) pointed() []string {
	p.t.Helper()
	return eval[[]string](p, `(() => {
		const canvas = document.getElementById("lamport"), tip = document.getElementById("tip"), seen = new Set();
		const box = canvas.getBoundingClientRect();
		for (let y = 2; y < box.height; y += 5) for (let x = 0; x < box.width; x += 5) {
			canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: box.x + x, clientY: box.y + y, bubbles: true }));
			if (!tip.hidden) seen.add(tip.querySelector("strong").textContent);
		}
		return [...seen];
	})()`)
}

// lossesOf counts the messages of a trace, and those that were lost.
func lossesOf(t *Trace) (all, lost int) {
	for _, m := range t.Messages {
		if m.Lost != "" {
			lost++
		}
	}
	return len(t.Messages), lost
}

func drawsEveryArrow(t *testing.T, browser context.Context) {
	r := leaderCutOff()
	p := openTrace(t, browser, r)
	p.do(chromedp.Click("#trace-all"))
	all, lost := lossesOf(r.Trace)
	p.says(fmt.Sprintf("%d messages drawn, %d of them lost", all, lost))
	require.Greater(t, eval[int](p, inked("lamport")), 20)
	for _, scheme := range []string{"light", "dark"} {
		command(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		p.do(chromedp.Click("#trace-jump"), chromedp.Evaluate[chromedp.Void](`scrollTo(0, 0)`))
		p.picture(scheme+".png", chromedp.FullScreenshot(100))
	}
}

func opensAtTheViolation(t *testing.T, browser context.Context) {
	p := openTrace(t, browser, leaderCutOff())
	home := eval[string](p, traceRange)
	require.True(t, strings.HasPrefix(home, "3.95"), home)
	p.do(chromedp.Click("#trace-in"))
	p.until(fmt.Sprintf(`%s !== %q`, traceRange, home))
	p.do(chromedp.Focus("#trace-plots"), chromedp.KeyEvent("0"))
	p.until(traceRange + `.startsWith("0.812")`)
	p.do(chromedp.KeyEvent("v"))
	p.until(fmt.Sprintf(`%s === %q`, traceRange, home))
	x, y := p.centre("lamport")
	p.do(chromedp.DragAndDropXY(x, y, x+120, y))
	p.until(fmt.Sprintf(`%s !== %q`, traceRange, home))
	require.NotContains(t, eval[string](p, rangeText), "4.3", "the whole run has a view of its own")
}

func showsWhatIsUnderThePointer(t *testing.T, browser context.Context) {
	p := openTrace(t, browser, leaderCutOff())
	met := p.pointed()
	for _, title := range []string{
		"n1 → n2: Append", "n2 → n1: PreVote", "n2 → n3: Vote", "n3 → n2: VoteReply", "n2: leader", "n1: fault",
		"client 1 → n2: request", "n1 → client 2: reply", "read → 7", "write 9",
	} {
		require.Contains(t, met, title)
	}
	require.NotContains(t, met, "n1 → n2: PreVoteReply", "it was never sent")
}

func walksAlongALife(t *testing.T, browser context.Context) {
	p := openTrace(t, browser, leaderCutOff())
	p.do(chromedp.SendKeys(chromedp.CSS("#trace-find"), "term 3"), chromedp.Focus("#trace-plots"))
	p.do(chromedp.KeyEvent(kb.ArrowDown))
	require.Contains(t, eval[string](p, tipText), "n2 → n1: PreVote", "n1 and the clients know of no term 3 yet")
	var life []string
	for range 8 {
		p.do(chromedp.KeyEvent("."))
		life = append(life, eval[string](p, `document.querySelector("#tip strong").textContent`))
	}
	require.Equal(t, []string{
		"n2 → n3: PreVote", "n3 → n2: PreVoteReply", "n2: candidate", "n2 → n1: Vote", "n2 → n3: Vote",
		"n3 → n2: VoteReply", "n2: leader", "n2 → n1: Append",
	}, life)
	p.do(chromedp.KeyEvent(kb.ArrowDown))
	require.Contains(t, eval[string](p, tipText), "n2 → n3: Append", "which n3 hears next")
	p.do(chromedp.KeyEvent(kb.Escape))
	p.until(`document.getElementById("tip").hidden`)
}

func hidesFamilies(t *testing.T, browser context.Context) {
	r := leaderCutOff()
	p := openTrace(t, browser, r)
	p.do(chromedp.Click("#trace-all"))
	all, _ := lossesOf(r.Trace)
	p.says(fmt.Sprintf("%d messages", all))
	elections := 0
	for _, m := range r.Trace.Messages {
		if familyOf(m.Kind) == electionFamily {
			elections++
		}
	}
	p.do(chromedp.Click(`#space input[name=election]`))
	p.says(fmt.Sprintf("%d messages", all-elections))
	p.do(chromedp.Click(`#space input[name=replication]`))
	p.says("6 messages drawn, 0 of them lost")
	p.do(chromedp.Click(`#space input[name=even]`))
	p.until(traceRange + `.startsWith("0.812")`)
}

func findsATextInTheTrace(t *testing.T, browser context.Context) {
	p := openTrace(t, browser, leaderCutOff())
	p.do(chromedp.SendKeys(chromedp.CSS("#trace-find"), "PreVoteReply"))
	p.until(`[...document.querySelectorAll("#trace-log tbody tr")].filter((row) => !row.hidden).length === 1`)
	require.Equal(t, "false", eval[string](p, `document.getElementById("trace-find").getAttribute("aria-invalid")`))
	p.do(chromedp.SendKeys(chromedp.CSS("#trace-find"), "nowhere"))
	p.until(`document.getElementById("trace-find").getAttribute("aria-invalid") === "true"`)
}

func showsALineInTheDiagram(t *testing.T, browser context.Context) {
	p := openTrace(t, browser, leaderCutOff())
	p.do(chromedp.Click(chromedp.CSS("#trace-log summary")), chromedp.Click(chromedp.CSS("#trace-log tr.culprit")))
	p.until(`!document.getElementById("tip").hidden`)
	details := eval[string](p, tipText)
	require.Contains(t, details, "client 2 → n1: request")
	require.Contains(t, details, "of the violation")
}

func staysQuick(t *testing.T, browser context.Context) {
	r := crowded(100_000)
	p := openTrace(t, browser, r)
	home := eval[string](p, traceRange)
	p.do(chromedp.Click("#trace-all"))
	p.until(fmt.Sprintf(`%s !== %q`, traceRange, home))
	took := eval[float64](p, `(() => {
		const area = document.getElementById("trace-plots"), canvas = document.getElementById("lamport");
		const begun = performance.now();
		for (let i = 0; i < 20; i++) dispatchEvent(new Event("afterprint"));
		canvas.getContext("2d").getImageData(0, 0, 1, 1);
		return (performance.now() - begun) / 20;
	})()`)
	t.Logf("all of it is drawn in %.0f ms", took)
	p.picture("whole.png", chromedp.FullScreenshot(100))
	require.Less(t, took, 1000.0)
}

func needsNoOperations(t *testing.T, browser context.Context) {
	r := leaderCutOff()
	r.History, r.Verdict.Evidence = history.History{}, nil
	r.Trace.Moments = append(r.Trace.Moments, Moment{Row: 4, At: ms(4405), Kind: "violation", Text: "two leaders of term 3"})
	p := openTrace(t, browser, r)
	require.Greater(t, eval[int](p, inked("lamport")), 20)
	met := p.pointed()
	require.Contains(t, met, "n2 → n3: Vote")
	require.Contains(t, met, "n2: violation")
}
