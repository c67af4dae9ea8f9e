package docker

import (
	"archive/tar"
	"cmp"
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"senkei"
)

const (
	agentImage = "senkei/agent"
	nodeImage  = "senkei/node"
	// tagsKept is how many older images of a name survive the building of a new one.
	tagsKept = 5
)

// A recipe is one target of the Dockerfile with the binaries that its stages copy.
type recipe struct {
	target string            // of the Dockerfile
	name   string            // of the image, without its tag
	binary string            // the one that the image is for
	files  map[string]string // path in the build context -> path on this machine
}

func agentRecipe(agentBinary string) recipe {
	return recipe{
		target: "agent", name: agentImage, binary: agentBinary,
		files: map[string]string{"bin/senkei-agent": agentBinary},
	}
}

// nodeRecipe also needs the agent's binary: the classic builder runs every stage
// that stands above the target.
func nodeRecipe(nodeBinary, agentBinary string) recipe {
	return recipe{
		target: "node", name: nodeImage, binary: nodeBinary,
		files: map[string]string{"bin/senkei-agent": agentBinary, "bin/senkei-node": nodeBinary},
	}
}

// ensureImage returns the reference of the recipe's image, which it builds unless an
// image of the very same content exists.
func ensureImage(ctx context.Context, cli *client.Client, r recipe, progress func(string)) (string, error) {
	tag, err := contentTag(r.binary)
	if err != nil {
		return "", fmt.Errorf("image %s: %w", r.name, err)
	}
	ref := r.name + ":" + tag
	_, err = cli.ImageInspect(ctx, ref)
	if err == nil {
		return ref, nil
	}
	if !cerrdefs.IsNotFound(err) {
		return "", fmt.Errorf("look for image %s: %w", ref, err)
	}
	progress("building image " + ref)
	if err := buildImage(ctx, cli, r, ref); err != nil {
		return "", fmt.Errorf("build image %s: %w", ref, err)
	}
	if err := dropOldImages(ctx, cli, r.name, ref); err != nil {
		return "", fmt.Errorf("remove old images %s: %w", r.name, err)
	}
	return ref, nil
}

// contentTag is a short hash of what the image is made of. It refuses a binary that
// could not run alone in an image.
func contentTag(binary string) (string, error) {
	f, err := os.Open(binary)
	if err != nil {
		return "", err
	}
	defer f.Close()
	exe, err := elf.NewFile(f)
	if err != nil {
		return "", fmt.Errorf("%s is not a Linux executable: %w", binary, err)
	}
	for _, p := range exe.Progs {
		if p.Type == elf.PT_INTERP {
			return "", fmt.Errorf("%s is linked dynamically and cannot run alone in an image; build it with CGO_ENABLED=0", binary)
		}
	}
	h := sha256.New()
	_, _ = io.WriteString(h, senkei.Dockerfile) // a hash never fails to write
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, 1<<40)); err != nil {
		return "", fmt.Errorf("read %s: %w", binary, err)
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

func buildImage(ctx context.Context, cli *client.Client, r recipe, ref string) error {
	body, w := io.Pipe()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		w.CloseWithError(writeContext(w, r.files))
	}()
	// A daemon that stops reading must not leave the writer behind.
	defer func() { body.Close(); <-sent }()

	resp, err := cli.ImageBuild(ctx, body, build.ImageBuildOptions{
		Tags:        []string{ref},
		Target:      r.target,
		Remove:      true,
		ForceRemove: true,
	})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	// The daemon answers 200 first and reports how it went line by line.
	for lines := json.NewDecoder(resp.Body); ; {
		var line struct {
			Error string `json:"error"`
		}
		err := lines.Decode(&line)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the daemon's answer: %w", err)
		case line.Error != "":
			return errors.New(line.Error)
		}
	}
}

// writeContext writes the Dockerfile and the files as a tar archive without times or
// owners, so that the daemon's cache knows them again.
func writeContext(w io.Writer, files map[string]string) error {
	tw := tar.NewWriter(w)
	header := &tar.Header{Name: "Dockerfile", Mode: 0o644, Size: int64(len(senkei.Dockerfile))}
	if err := tw.WriteHeader(header); err != nil {
		return err
	}
	if _, err := io.WriteString(tw, senkei.Dockerfile); err != nil {
		return err
	}
	for name, path := range files {
		if err := writeBinary(tw, name, path); err != nil {
			return err
		}
	}
	return tw.Close()
}

func writeBinary(tw *tar.Writer, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := tw.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: info.Size()}); err != nil {
		return err
	}
	if _, err := io.Copy(tw, f); err != nil {
		return fmt.Errorf("send %s: %w", path, err)
	}
	return nil
}

// dropOldImages removes what stale names: every build of a changed binary would
// otherwise stay for ever. Images in use stay.
func dropOldImages(ctx context.Context, cli *client.Client, name, ref string) error {
	images, err := cli.ImageList(ctx, image.ListOptions{Filters: filters.NewArgs(filters.Arg("reference", name))})
	if err != nil {
		return err
	}
	var failed []error
	for _, tag := range stale(images, ref) {
		_, err := cli.ImageRemove(ctx, tag, image.RemoveOptions{PruneChildren: true})
		if err != nil && !cerrdefs.IsConflict(err) && !cerrdefs.IsNotFound(err) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// contentTagged matches references that ensureImage made, and no tag of a person's.
var contentTagged = regexp.MustCompile(`^senkei/[a-z]+:[0-9a-f]{12}$`)

// stale returns the references of all images but ref and the newest tagsKept.
func stale(images []image.Summary, ref string) []string {
	newestFirst := slices.SortedFunc(slices.Values(images), func(a, b image.Summary) int {
		return cmp.Compare(b.Created, a.Created)
	})
	var refs []string
	for _, img := range newestFirst {
		for _, tag := range img.RepoTags {
			if tag != ref && contentTagged.MatchString(tag) {
				refs = append(refs, tag)
			}
		}
	}
	return refs[min(len(refs), tagsKept):]
}
