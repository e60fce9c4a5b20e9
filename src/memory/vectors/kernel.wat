;; Brute force over int8 vectors, and a bit-wise pass before it for very many of them.
;; Pointers are bytes into the one memory; dimensions are multiples of 16 (dots) and 128 (hamming).
(module
  (memory (export "memory") 1)

  ;; out[i] (i32) = query . row i, for `count` rows of `dim` int8 values
  (func (export "dots") (param $query i32) (param $rows i32) (param $count i32) (param $dim i32) (param $out i32)
    (local $k i32) (local $acc v128) (local $a v128) (local $b v128)
    (block $done
      (loop $row
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $acc (v128.const i32x4 0 0 0 0))
        (local.set $k (i32.const 0))
        (loop $lane
          (local.set $a (v128.load (i32.add (local.get $query) (local.get $k))))
          (local.set $b (v128.load (i32.add (local.get $rows) (local.get $k))))
          (local.set $acc
            (i32x4.add (local.get $acc)
              (i32x4.add
                (i32x4.extadd_pairwise_i16x8_s (i16x8.extmul_low_i8x16_s (local.get $a) (local.get $b)))
                (i32x4.extadd_pairwise_i16x8_s (i16x8.extmul_high_i8x16_s (local.get $a) (local.get $b))))))
          (local.set $k (i32.add (local.get $k) (i32.const 16)))
          (br_if $lane (i32.lt_u (local.get $k) (local.get $dim))))
        (i32.store (local.get $out)
          (i32.add
            (i32.add (i32x4.extract_lane 0 (local.get $acc)) (i32x4.extract_lane 1 (local.get $acc)))
            (i32.add (i32x4.extract_lane 2 (local.get $acc)) (i32x4.extract_lane 3 (local.get $acc)))))
        (local.set $rows (i32.add (local.get $rows) (local.get $dim)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $row))))

  ;; out[i] (u16) = number of bits in which query and row i differ; rows of `bytes` bytes
  (func (export "hamming") (param $query i32) (param $rows i32) (param $count i32) (param $bytes i32) (param $out i32)
    (local $k i32) (local $acc v128)
    (block $done
      (loop $row
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $acc (v128.const i32x4 0 0 0 0))
        (local.set $k (i32.const 0))
        (loop $lane
          (local.set $acc
            (i32x4.add (local.get $acc)
              (i32x4.extadd_pairwise_i16x8_u
                (i16x8.extadd_pairwise_i8x16_u
                  (i8x16.popcnt
                    (v128.xor
                      (v128.load (i32.add (local.get $query) (local.get $k)))
                      (v128.load (i32.add (local.get $rows) (local.get $k)))))))))
          (local.set $k (i32.add (local.get $k) (i32.const 16)))
          (br_if $lane (i32.lt_u (local.get $k) (local.get $bytes))))
        (i32.store16 (local.get $out)
          (i32.add
            (i32.add (i32x4.extract_lane 0 (local.get $acc)) (i32x4.extract_lane 1 (local.get $acc)))
            (i32.add (i32x4.extract_lane 2 (local.get $acc)) (i32x4.extract_lane 3 (local.get $acc)))))
        (local.set $rows (i32.add (local.get $rows) (local.get $bytes)))
        (local.set $out (i32.add (local.get $out) (i32.const 2)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $row)))))
