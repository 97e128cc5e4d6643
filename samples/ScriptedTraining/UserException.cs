namespace ScriptedTraining;

/// <summary>Something that the user can put right. Its message is all that is shown.</summary>
internal sealed class UserException : Exception
{
    public UserException(string message)
        : base(message)
    {
    }

    public UserException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
