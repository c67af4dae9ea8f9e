package harness

import (
	"context"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	dialog "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"senkei/checker"
	"senkei/history"
	"senkei/workloads"
)

// attack runs a script and asks for a file wherever it is taken for HTML.
const attack = `</script></style><img src="http://senkei.invalid/x" onerror="window.hacked=1"><script>window.hacked=2</script><svg onload="window.hacked=3">'"` + "\u202e\x1b"

// hostileRun is a run in which every text is attack, and which holds a stale read.
func hostileRun(t *testing.T) Dir {
	dir, err := NewDir(t.TempDir(), "hostile", time.Unix(0, 0))
	require.NoError(t, err)
	node := history.NodeID("n" + attack)
	require.NoError(t, dir.writeTest(Test{
		Name: attack, System: attack, Runtime: "local", Bug: attack, Workload: "register", Nemesis: []string{attack}, Nodes: []history.NodeID{node},
		Clients: 3, Replay: attack, Version: attack, NodeArgs: []string{attack}, Problems: []string{attack}, Ended: time.Unix(9, 0),
	}))
	rec, err := history.Create(dir.History())
	require.NoError(t, err)
	text := func(s string) history.Value { return history.Text(s + attack) }
	key, at := "k"+attack, time.Duration(0)
	do := func(p history.Process, in history.Input, out history.Output, how history.Outcome) {
		in.Key, at = key, at+time.Millisecond
		require.NoError(t, rec.Invoke(p, node, in, at))
		why := ""
		if how != history.OK {
			why = attack
		}
		_, err := rec.Complete(p, out, how, why, at+time.Millisecond)
		require.NoError(t, err)
	}
	require.NoError(t, rec.Inject(1, "kill"+attack, attack, attack, nil, at))
	require.NoError(t, rec.Leader(node, 1, at))
	do(0, history.Input{F: history.Write, Value: text("1")}, history.Output{}, history.OK)
	do(1, history.Input{F: history.CAS, Expect: text("1"), Value: text("2")}, history.Output{Swapped: true}, history.OK)
	do(2, history.Input{F: history.Write, Value: text("3")}, history.Output{}, history.Unknown)
	do(3, history.Input{F: history.Read}, history.Output{Value: text("2")}, history.OK)
	do(3, history.Input{F: history.Read}, history.Output{Value: text("1")}, history.OK)
	require.NoError(t, rec.Heal(1, "kill"+attack, attack, attack, nil, at))
	require.NoError(t, rec.Close())
	r, err := Judge(t.Context(), dir, workloads.Register(), RunProperties(), checker.Limits{})
	require.NoError(t, err)
	require.Equal(t, "invalid", r.Verdict)
	return dir
}

func TestPagesOfAHostileHistoryRunNoScriptAndRequestNothing(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no Chromium in PATH: the pages' scripts are not run")
	}
	dir := hostileRun(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	ctx, stop := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)...)
	defer stop()
	ctx, leave := chromedp.NewContext(ctx)
	defer leave()
	require.NoError(t, chromedp.Do(ctx))
	for file, count := range map[string]string{
		dir.Report(): `document.querySelectorAll("canvas, table tr").length`, dir.Timeline(): `document.querySelectorAll(".target-rect").length`,
	} {
		tab, leave := chromedp.NewContext(ctx)
		var mu sync.Mutex
		var troubles []string
		address := "file://" + file
		require.NoError(t, chromedp.Listen(tab, func(event any) {
			mu.Lock()
			defer mu.Unlock()
			switch e := event.(type) {
			case *network.EventRequestWillBeSent:
				if e.Request.URL != address && e.Request.URL != "data:," {
					troubles = append(troubles, "request for "+e.Request.URL)
				}
			case *dialog.EventJavascriptDialogOpening:
				troubles = append(troubles, "dialog "+e.Message)
			}
		}))
		_, err := chromedp.Call(tab, network.Enable, network.EnableParams{})
		require.NoError(t, err)
		require.NoError(t, chromedp.Do(tab, chromedp.Navigate(address), chromedp.WaitReady("body")))
		drawn, err := chromedp.Run(tab, chromedp.Evaluate[int](count))
		require.NoError(t, err)
		require.Greater(t, drawn, 3, file)
		// The pointer passes over everything that may show a tooltip, and a while passes, in
		// which a picture would have failed to load.
		hacked, err := chromedp.Run(tab, chromedp.Evaluate[string](`(() => {
			for (const e of document.querySelectorAll("*")) if (!e.closest("a")) for (const type of ["mouseenter", "mouseover", "mousemove", "click"])
				e.dispatchEvent(new MouseEvent(type, {bubbles: type !== "mouseenter", clientX: 200, clientY: 200}));
			return String(window.hacked) + document.querySelectorAll("img, svg[onload]").length;
		})()`))
		require.NoError(t, err)
		require.Equal(t, "undefined0", hacked, file)
		require.Never(t, func() bool {
			hacked, err := chromedp.Run(tab, chromedp.Evaluate[bool](`window.hacked !== undefined`))
			return err != nil || hacked
		}, 500*time.Millisecond, 100*time.Millisecond, filepath.Base(file))
		mu.Lock()
		require.Empty(t, troubles)
		mu.Unlock()
		leave()
	}
}
