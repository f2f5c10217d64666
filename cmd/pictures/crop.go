package main

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
)

// crop keeps what the screen shows, with at most 256 colours: the pages have
// few, and the file is a third.
func crop(from, to string, s screen) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	whole, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		return err
	}
	part := image.Rect(0, 0, s.width, s.height)
	few := image.NewPaletted(part, palette(whole, part))
	draw.Draw(few, part, whole, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, few); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, b.Bytes(), 0o644)
}

// palette are the colours of a picture that it has most of.
func palette(of image.Image, part image.Rectangle) color.Palette {
	count := map[color.RGBA]int{}
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if c, ok := color.RGBAModel.Convert(of.At(x, y)).(color.RGBA); ok {
				count[c]++
			}
		}
	}
	return most(count, 256)
}

// most are the n colours that are counted most, the same ones every time.
func most(count map[color.RGBA]int, n int) color.Palette {
	all := make([]color.RGBA, 0, len(count))
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int {
		if d := cmp.Compare(count[b], count[a]); d != 0 {
			return d
		}
		return cmp.Or(cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var p color.Palette
	for _, c := range all[:min(n, len(all))] {
		p = append(p, c)
	}
	return p
}
