// Puts a value of its own into every general and vector register and the flags, makes system calls, and checks that each
// is still there. Exit code 0: all kept; N: the check number N failed.

    .arch armv8-a
    .text
    .global _start

    .macro fill_general
    .irp n, 0,1,2,3,4,5,6,7,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    mov x\n, #(0x1000 + \n)
    movk x\n, #(0xa500 + \n), lsl #48
    .endr
    .endm

    // Clobbers x8 only, which the caller has used for the call's number.
    .macro check_general code
    .irp n, 1,2,3,4,5,6,7,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    mov x8, #(0x1000 + \n)
    movk x8, #(0xa500 + \n), lsl #48
    cmp x\n, x8
    mov x8, #\code
    b.ne fail
    .endr
    .endm

    // Vector n holds n + 1 in its low half and n + 0x8001 in its high one. On the stack: 16 bytes of room.
    .macro fill_vector
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    mov x8, #(\n + 1)
    mov x9, #(\n + 0x8001)
    stp x8, x9, [sp]
    ldr q\n, [sp]
    .endr
    .endm

    .macro check_vector code
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    str q\n, [sp]
    ldp x9, x10, [sp]
    mov x8, #\code
    cmp x9, #(\n + 1)
    b.ne fail
    mov x9, #(\n + 0x8001)
    cmp x10, x9
    b.ne fail
    .endr
    .endm

_start:
    sub sp, sp, #16
    fill_vector
    fill_general
    mov x8, #172                // getpid: changes x0 alone
    svc #0
    check_general 1
    check_vector 2

    fill_general
    mov x8, #-1                 // no such call
    svc #0
    cmn x0, #38
    mov x8, #3
    b.ne fail
    check_general 4

    fill_general
    mov x8, #-7                 // nor this
    svc #0
    cmn x0, #38
    mov x8, #5
    b.ne fail
    check_general 6

    mov x8, #4000               // nor this
    svc #0
    cmn x0, #38
    mov x8, #7
    b.ne fail

    // The flags live through a call: N and C set, Z and V clear.
    mov x9, #-1
    adds x9, x9, #0
    cmp xzr, xzr                // Z and C
    mov x8, #172
    svc #0
    mov x8, #8
    b.ne fail
    mov x8, #9
    b.cc fail

    // A call that writes memory: clock_gettime into the stack, then uname.
    sub sp, sp, #512
    mov x0, #1
    mov x1, sp
    mov x8, #113
    svc #0
    cmp x0, #0
    mov x8, #10
    b.ne fail
    ldr x20, [sp]               // seconds since boot differ from run to run: replay must show the recorded ones
    ldr x21, [sp, #8]
    mov x0, sp
    mov x8, #160
    svc #0
    cmp x0, #0
    mov x8, #11
    b.ne fail
    add sp, sp, #512

    // Loops of x7 as counter, so that a lost x7 is noticed.
    mov x7, #100
1:  mov x8, #172
    svc #0
    subs x7, x7, #1
    b.ne 1b

    mov x0, #1
    adr x1, message
    mov x2, #(message_end - message)
    mov x8, #64
    svc #0
    mov x0, #0
    mov x8, #93
    svc #0

fail:
    mov x0, x8
    mov x8, #93
    svc #0

    .section .rodata
message:
    .ascii "every register kept\n"
message_end:
