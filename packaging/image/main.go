// Command image answers one question: what does a container run? In goes a
// static binary, out comes an image of nothing else, as an archive that
// docker, podman and skopeo read. No container engine is needed, and the same
// binary gives the same bytes.
//
// The image listens on all addresses of the container: publish its port on the
// address the hub shall be reached at, and switch TLS on where that is not
// loopback. The user is 65532, the volume /var/lib/cure has to belong to it.
package main

import (
	"archive/tar"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func main() {
	binary := flag.String("binary", "cure", "static binary")
	arch := flag.String("arch", runtime.GOARCH, "architecture the binary is for")
	tag := flag.String("tag", "cure:latest", "name of the image")
	out := flag.String("o", "cure-image.tar", "archive to write")
	flag.Parse()
	if err := run(*binary, *arch, *tag, *out); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(binary, arch, tag, out string) error {
	ref, err := name.NewTag(tag)
	if err != nil {
		return err
	}
	files, err := layer(binary)
	if err != nil {
		return err
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files)), nil })
	if err != nil {
		return err
	}
	img, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		return err
	}
	img, err = mutate.ConfigFile(img, config(img, arch))
	if err != nil {
		return err
	}
	return tarball.WriteToFile(out, ref, img)
}

func config(img v1.Image, arch string) *v1.ConfigFile {
	old, err := img.ConfigFile()
	if err != nil {
		panic(err) // of an image that was made a line before
	}
	c := old.DeepCopy()
	c.Architecture, c.OS = arch, "linux"
	c.Config = v1.Config{
		Entrypoint:   []string{"/cure"},
		Cmd:          []string{"serve"},
		User:         "65532:65532",
		Env:          []string{"CURE_DATA=/var/lib/cure", "CURE_LISTEN=0.0.0.0:8080"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		Volumes:      map[string]struct{}{"/var/lib/cure": {}},
		Labels: map[string]string{
			"org.opencontainers.image.title":    "OpenCURE",
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	return c
}

// layer is the file system: the binary, a place for data, one for temporary
// files. Owners and times are fixed.
func layer(binary string) ([]byte, error) {
	data, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777},
		{Typeflag: tar.TypeDir, Name: "var/lib/cure/", Mode: 0o700, Uid: 65532, Gid: 65532},
		{Typeflag: tar.TypeReg, Name: "cure", Mode: 0o755, Size: int64(len(data))},
	} {
		if err := t.WriteHeader(&h); err != nil {
			return nil, err
		}
		if h.Size > 0 {
			if _, err := t.Write(data); err != nil {
				return nil, err
			}
		}
	}
	if err := t.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
