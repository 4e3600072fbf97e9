# A 64 KiB firmware image that is the whole guest of "cairn demo": no kernel, no disk, up within milliseconds.
# It fills FILL pages from 16 MiB on with a sequence that is known beforehand. Then, each two periods of the timer (110 ms), it reads the next
# SLICE of them, wraps around, and compares every word with the sequence; writes its counter into WRITTEN pages from 8 MiB on; and says
# "COUNT <n> bad <words>" on COM1. So it touches all of its memory again and again, and finds out by itself if one word of it is wrong.
#   as --32 guest.S -o guest.o
#   ld -m elf_i386 -Ttext 0 --oformat binary guest.o -o guest.bin
#   qemu-system-x86_64 -machine q35 -bios guest.bin -m 64 -nodefaults -display none -serial stdio
.set FILL, 8192
.set SLICE, 256
.set WRITTEN, 128
.set PERIODS, 2
.set SEED, 0x12345678
.set FIRST, 0x1000000
.set PLACE, 0x70000             # where the next slice begins
.set WORD, 0x70004              # the sequence there
.set BAD, 0x70008
.globl _start
.code16
_start:
rom:
        cli
        lgdtl %cs:gdtdesc - rom
        movl %cr0, %eax
        orl $1, %eax
        movl %eax, %cr0
        ljmpl $8, $(0xF0000 + pm - rom)
gdt:    .quad 0
        .quad 0x00CF9B000000FFFF
        .quad 0x00CF93000000FFFF
gdtdesc: .word 23
        .long 0xF0000 + gdt - rom
.code32
pm:     movw $16, %ax
        movw %ax, %ds
        movw %ax, %es
        movw %ax, %ss
        movl $0x80000, %esp
        movb $0x34, %al         # the timer: counter 0, both bytes, mode 2, 65536
        outb %al, $0x43
        xorb %al, %al
        outb %al, $0x40
        outb %al, $0x40
        xorl %ebx, %ebx
        movl $0, BAD
        movl $FIRST, %edi
        movl %edi, PLACE
        movl $FILL * 1024, %ecx
        movl $SEED, %eax
        movl %eax, WORD
1:      movl %eax, (%edi)
        imull $1664525, %eax, %eax
        addl $1013904223, %eax
        addl $4, %edi
        decl %ecx
        jnz 1b
tick:   incl %ebx
        # compare the next slice
        movl PLACE, %edi
        movl WORD, %eax
        movl $SLICE * 1024, %ecx
2:      cmpl %eax, (%edi)
        je 3f
        incl BAD
3:      imull $1664525, %eax, %eax
        addl $1013904223, %eax
        addl $4, %edi
        decl %ecx
        jnz 2b
        cmpl $FIRST + FILL * 4096, %edi
        jb 4f
        movl $FIRST, %edi
        movl $SEED, %eax
4:      movl %edi, PLACE
        movl %eax, WORD
        # write the counter
        movl $0x800000, %edi
        movl $WRITTEN, %ecx
5:      movl %ebx, (%edi)
        addl $4096, %edi
        decl %ecx
        jnz 5b
        movl $0xF0000 + count - rom, %esi
        call puts
        movl %ebx, %eax
        call number
        movl $0xF0000 + bad - rom, %esi
        call puts
        movl BAD, %eax
        call number
        movl $0xF0000 + end - rom, %esi
        call puts
        movl $PERIODS, %ebp
6:      call latch
        movl %eax, %ecx
7:      call latch
        cmpl %ecx, %eax
        xchgl %eax, %ecx
        jbe 7b
        decl %ebp
        jnz 6b
        jmp tick
latch:  xorl %eax, %eax
        outb %al, $0x43
        inb $0x40, %al
        movb %al, %dl
        inb $0x40, %al
        shll $8, %eax
        movb %dl, %al
        movzwl %ax, %eax
        ret
number: movl $0x7FFF0, %edi     # eax, in decimal
        movb $0, (%edi)
        movl $10, %ecx
8:      xorl %edx, %edx
        divl %ecx
        addb $'0', %dl
        decl %edi
        movb %dl, (%edi)
        testl %eax, %eax
        jnz 8b
        movl %edi, %esi
puts:   movw $0x3f8, %dx
9:      lodsb
        testb %al, %al
        jz 10f
        outb %al, %dx
        jmp 9b
10:     ret
count:  .asciz "COUNT "
bad:    .asciz " bad "
end:    .asciz "\n"
        .org 0xFFF0
.code16
        ljmp $0xF000, $(_start - rom)
        .org 0x10000
