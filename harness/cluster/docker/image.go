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
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/build"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/client"

	"senkei"
	"senkei/harness/cluster"
)

const (
	agentImage = "senkei/agent"
	nodeImage  = "senkei/node"
	builtImage = "senkei/built" // from a folder
	dockerfile = "Dockerfile"
	// tagsKept is how many older images of a name survive the building of a new one.
	tagsKept = 5
)

// A recipe is how an image is built.
type recipe struct {
	name   string            // of the image, without its tag
	target string            // of the Dockerfile; empty for its last one
	text   string            // of the Dockerfile; empty where it is one of the files
	files  map[string]string // path in the build context -> path on this machine
}

func agentRecipe(agentBinary string) recipe {
	return recipe{
		name: agentImage, target: "agent", text: senkei.Dockerfile,
		files: map[string]string{"bin/senkei-agent": agentBinary},
	}
}

// nodeRecipe also needs the agent's binary: the classic builder runs every stage
// that stands above the target.
func nodeRecipe(nodeBinary, agentBinary string) recipe {
	return recipe{
		name: nodeImage, target: "node", text: senkei.Dockerfile,
		files: map[string]string{"bin/senkei-agent": agentBinary, "bin/senkei-node": nodeBinary},
	}
}

// folderRecipe builds what a folder's own Dockerfile says, with the whole folder as context.
func folderRecipe(folder string) (recipe, error) {
	r := recipe{name: builtImage, files: map[string]string{}}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		r.files[filepath.ToSlash(name)] = path
		return err
	})
	if err == nil && r.files[dockerfile] == "" {
		err = fmt.Errorf("the folder %s has no %s", folder, dockerfile)
	}
	return r, err
}

// imageOf returns the reference of the image that a launch starts from.
func (c *Cluster) imageOf(ctx context.Context, l cluster.Launch, opts Options) (string, error) {
	switch {
	case l.Image != "":
		_, err := c.cli.ImageInspect(ctx, l.Image)
		if cerrdefs.IsNotFound(err) {
			err = errors.New("the Docker daemon does not have it, and nothing is pulled")
		}
		if err != nil {
			return "", fmt.Errorf("image %s: %w", l.Image, err)
		}
		return l.Image, nil
	case l.Build != "":
		r, err := folderRecipe(l.Build)
		if err != nil {
			return "", err
		}
		return ensureImage(ctx, c.cli, r, opts.Progress)
	default:
		if err := static(l.Binary); err != nil {
			return "", err
		}
		return ensureImage(ctx, c.cli, nodeRecipe(l.Binary, opts.AgentBinary), opts.Progress)
	}
}

// ensureImage returns the reference of the recipe's image, which it builds unless an
// image of the very same content exists.
func ensureImage(ctx context.Context, cli *client.Client, r recipe, progress func(string)) (string, error) {
	tag, err := r.contentTag()
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

// static refuses a binary that could not run alone in an image.
func static(binary string) error {
	exe, err := elf.Open(binary)
	if err != nil {
		return fmt.Errorf("%s is not a Linux executable: %w", binary, err)
	}
	defer exe.Close()
	for _, p := range exe.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("%s is linked dynamically and cannot run alone in an image; build it with CGO_ENABLED=0", binary)
		}
	}
	return nil
}

// contentTag is a short hash of what the image is made of.
func (r recipe) contentTag() (string, error) {
	h := sha256.New()
	err := r.writeContext(h)
	return hex.EncodeToString(h.Sum(nil))[:12], err
}

func buildImage(ctx context.Context, cli *client.Client, r recipe, ref string) error {
	body, w := io.Pipe()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		w.CloseWithError(r.writeContext(w))
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
func (r recipe) writeContext(w io.Writer) error {
	tw := tar.NewWriter(w)
	if r.text != "" {
		if err := writeText(tw, dockerfile, r.text); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		if err := writeFile(tw, name, r.files[name]); err != nil {
			return err
		}
	}
	return tw.Close()
}

func writeText(tw *tar.Writer, name, text string) error {
	return writeEntry(tw, &tar.Header{Name: name, Mode: 0o666, Uid: nobody, Gid: nobody}, []byte(text))
}

func writeEntry(tw *tar.Writer, header *tar.Header, content []byte) error {
	header.Size = int64(len(content))
	if err := tw.WriteHeader(header); err != nil {
		return err
	}
	_, err := tw.Write(content)
	return err
}

// writeFile lets everybody read what its owner can, and run what its owner can.
func writeFile(tw *tar.Writer, name, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	mode := int64(0o644)
	if info.Mode()&0o100 != 0 {
		mode = 0o755
	}
	return writeEntry(tw, &tar.Header{Name: name, Mode: mode}, content)
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
