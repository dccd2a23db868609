import Glibc

/// Runs a test's question on a thread of its own and waits for the answer.
enum Outcome {
    private final class Question {
        let ask: () -> Bool
        var answer = false
        init(_ ask: @escaping () -> Bool) { self.ask = ask }
    }

    static func onAnotherThread(_ ask: @escaping () -> Bool) -> Bool {
        let question = Question(ask)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let question = Unmanaged<Question>.fromOpaque(context).takeUnretainedValue()
                question.answer = question.ask()
                return nil
            }, Unmanaged.passUnretained(question).toOpaque())
        precondition(code == 0, "a thread could not be made")
        pthread_join(thread, nil)
        return withExtendedLifetime(question) { question.answer }
    }
}
