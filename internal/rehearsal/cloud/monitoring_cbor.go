package cloud

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"
	"time"
)

// CloudWatch speaks CBOR (RFC 8949) with AWS's own clients; source: Smithy, RPC
// v2 CBOR protocol. This is as much of it as requests and answers here hold.

// The major types.
const (
	cborUint = iota
	cborNegative
	cborBytes
	cborText
	cborList
	cborMap
	cborTag
	cborOther
)

// indefinite is the length of lists and maps that end with a break.
const indefinite = 31

var errCBOR = errors.New("no CBOR that this cloud knows")

// cborRead decodes one value and returns what follows it.
func cborRead(in []byte) (value any, rest []byte, err error) {
	if len(in) == 0 {
		return nil, nil, errCBOR
	}
	major, info := in[0]>>5, in[0]&31
	n, rest, err := cborLength(in)
	if err != nil {
		return nil, nil, err
	}
	switch major {
	case cborUint:
		return int64(n), rest, nil //nolint:gosec // figures here are small
	case cborNegative:
		return -1 - int64(n), rest, nil //nolint:gosec // as above
	case cborText, cborBytes:
		if info == indefinite || n > uint64(len(rest)) {
			return nil, nil, errCBOR
		}
		return string(rest[:n]), rest[n:], nil
	case cborList:
		var list []any
		for i := uint64(0); info == indefinite || i < n; i++ {
			if info == indefinite && len(rest) > 0 && rest[0] == 0xff {
				return list, rest[1:], nil
			}
			var item any
			if item, rest, err = cborRead(rest); err != nil {
				return nil, nil, err
			}
			list = append(list, item)
		}
		return list, rest, nil
	case cborMap:
		return cborReadMap(rest, n, info == indefinite)
	case cborTag:
		return cborReadTime(rest, n)
	case cborOther:
		switch info {
		case 20, 21:
			return info == 21, rest, nil
		case 22:
			return nil, rest, nil
		case 26:
			return float64(math.Float32frombits(uint32(n))), rest, nil //nolint:gosec // it has 32 bits
		case 27:
			return math.Float64frombits(n), rest, nil
		}
	}
	return nil, nil, errCBOR
}

// cborReadTime reads what stands under tag 1: seconds since 1970.
func cborReadTime(rest []byte, tag uint64) (value any, left []byte, err error) {
	if tag != 1 {
		return nil, nil, errCBOR
	}
	if value, rest, err = cborRead(rest); err != nil {
		return nil, nil, err
	}
	switch v := value.(type) {
	case int64:
		return time.Unix(v, 0), rest, nil
	case float64:
		return time.UnixMilli(int64(math.Round(v * 1000))), rest, nil
	}
	return nil, nil, errCBOR
}

func cborReadMap(rest []byte, n uint64, open bool) (value any, left []byte, err error) {
	m := map[string]any{}
	for i := uint64(0); open || i < n; i++ {
		if open && len(rest) > 0 && rest[0] == 0xff {
			return m, rest[1:], nil
		}
		var key, item any
		if key, rest, err = cborRead(rest); err != nil {
			return nil, nil, err
		}
		if item, rest, err = cborRead(rest); err != nil {
			return nil, nil, err
		}
		name, ok := key.(string)
		if !ok {
			return nil, nil, errCBOR
		}
		m[name] = item
	}
	return m, rest, nil
}

// cborLength reads the argument of a value's head.
func cborLength(in []byte) (n uint64, rest []byte, err error) {
	info := in[0] & 31
	if info < 24 || info == indefinite {
		return uint64(info), in[1:], nil
	}
	size := 1 << (info - 24)
	if info > 27 || len(in) < 1+size {
		return 0, nil, errCBOR
	}
	for _, b := range in[1 : 1+size] {
		n = n<<8 | uint64(b)
	}
	return n, in[1+size:], nil
}

// cborWrite encodes texts, truth values, numbers, times, lists and maps; whole
// numbers are small.
func cborWrite(out []byte, value any) []byte {
	head := func(major byte, n int) []byte {
		return binary.BigEndian.AppendUint32(append(out, major<<5|26), uint32(n)) //nolint:gosec // answers here are small
	}
	switch v := value.(type) {
	case string:
		return append(head(cborText, len(v)), v...)
	case bool:
		if v {
			return append(out, 0xf5)
		}
		return append(out, 0xf4)
	case int:
		return head(cborUint, v)
	case float64:
		return binary.BigEndian.AppendUint64(append(out, cborOther<<5|27), math.Float64bits(v))
	case time.Time:
		// Tag 1: seconds since 1970.
		return binary.BigEndian.AppendUint64(append(out, cborTag<<5|1, 0xfb), math.Float64bits(float64(v.UnixMilli())/1000))
	case []any:
		out = head(cborList, len(v))
		for _, item := range v {
			out = cborWrite(out, item)
		}
		return out
	case map[string]any:
		out = head(cborMap, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = cborWrite(cborWrite(out, name), v[name])
		}
		return out
	}
	return append(out, 0xf6)
}
