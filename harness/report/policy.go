package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// policy is a content security policy that lets the browser load nothing, and use no styles
// and scripts but those of these sources: even if a text of a run got through as markup, it
// could neither run nor reach out.
func policy(styles, scripts string) string {
	return fmt.Sprintf("default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src %s; script-src %s", styles, scripts)
}

// digest is the source that allows exactly this text.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Confine puts a page that another program made under a policy like that of a report: its
// first script is the only one that runs. Styles may be written anywhere.
func Confine(page []byte) ([]byte, error) {
	_, rest, hasScript := bytes.Cut(page, []byte("<script>"))
	script, _, ends := bytes.Cut(rest, []byte("</script>"))
	before, after, hasHead := bytes.Cut(page, []byte("<head>"))
	if !hasScript || !ends || !hasHead {
		return nil, fmt.Errorf("the page to confine has no head or no script")
	}
	head := fmt.Sprintf("<head>\n%s\n<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n<link rel=\"icon\" href=\"data:,\">\n",
		Mark, policy("'unsafe-inline'", digest(string(script))))
	return bytes.Join([][]byte{before, after}, []byte(head)), nil
}
